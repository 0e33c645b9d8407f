"""What the invented visits were about: the note as a clinician writes it, the summary as a patient reads it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """One kind of visit. ``summary`` by language: what was discussed, what to do, when to get help."""

    reason: str
    subjective: str
    objective: str
    assessment: str
    plan: str
    summary: dict[str, tuple[str, str, str]]


SCENARIOS = [
    Scenario(
        "Blood pressure check",
        "Feels well. Home readings mostly 130s over 80s. Takes the tablet daily, no dizziness, no cough.",
        "Comfortable on video, speaks in full sentences. Shows a log of 14 home readings, mean 134/82.",
        "Hypertension, near goal on one medicine.",
        "Keep lisinopril 10 mg. Measure twice a week, seated, after five minutes of rest. Labs before the next visit. "
        "Follow-up in 6 weeks.",
        {
            "en": (
                "Your blood pressure at home. It is close to where we want it.",
                "Keep taking your tablet every morning.\nMeasure twice a week, sitting, after five minutes of rest.\n"
                "Come for the blood test before the next visit.",
                "Call us if a reading is over 180 or under 90.",
            ),
            "es": (
                "Su presión en casa. Está cerca de donde la queremos.",
                "Siga tomando su pastilla cada mañana.\nMida la presión dos veces por semana, sentado, tras cinco minutos "
                "de descanso.\nHágase el análisis de sangre antes de la próxima cita.",
                "Llámenos si una lectura pasa de 180 o baja de 90.",
            ),
            "ar": (
                "ضغط الدم في البيت. وهو قريب مما نريد.",
                "استمر في تناول حبتك كل صباح.\nقس الضغط مرتين في الأسبوع وأنت جالس بعد راحة خمس دقائق.\n"
                "أجرِ تحليل الدم قبل الزيارة القادمة.",
                "اتصل بنا إذا زادت القراءة على 180 أو قلت عن 90.",
            ),
        },
    ),
    Scenario(
        "Cough and sore throat",
        "Four days of cough and sore throat, low fever on the first night. No shortness of breath. Drinking well.",
        "No laboured breathing on video. Throat red without exudate as far as can be seen. Temperature 37.4 °C at home.",
        "Viral upper respiratory infection.",
        "Rest, fluids, acetaminophen as needed. No antibiotic. Call back if breathless, fever over 3 days, or worse.",
        {
            "en": (
                "Your cough and sore throat. It is a cold caused by a virus.",
                "Rest and drink plenty.\nTake acetaminophen for pain or fever.\nAntibiotics do not help against a virus.",
                "Call us if you are short of breath, or if the fever lasts more than three days.",
            ),
            "es": (
                "Su tos y dolor de garganta. Es un resfriado por un virus.",
                "Descanse y tome líquidos.\nTome acetaminofén para el dolor o la fiebre.\nLos antibióticos no sirven "
                "contra un virus.",
                "Llámenos si le falta el aire o si la fiebre dura más de tres días.",
            ),
            "ar": (
                "السعال والتهاب الحلق. إنه زكام سببه فيروس.",
                "استرح واشرب كثيرًا.\nتناول الأسيتامينوفين للألم أو الحمى.\nالمضادات الحيوية لا تفيد ضد الفيروس.",
                "اتصل بنا إذا شعرت بضيق في التنفس أو استمرت الحمى أكثر من ثلاثة أيام.",
            ),
        },
    ),
    Scenario(
        "Diabetes follow-up",
        "Fasting sugars 110 to 150. Walks most evenings. Two lows last month when lunch was late, both felt in time.",
        "Looks well. Feet shown on camera: skin whole, no redness.",
        "Type 2 diabetes, improving. Mild lows from late meals.",
        "Continue metformin. Do not skip lunch; carry a snack. HbA1c due. Eye check this year. Follow-up in 3 months.",
        {
            "en": (
                "Your sugar readings and the two lows last month.",
                "Keep taking metformin with meals.\nEat lunch on time and carry a snack.\nHave the blood test this month "
                "and your eyes checked this year.",
                "Call us if your sugar is under 70 twice in a week.",
            ),
            "es": (
                "Sus niveles de azúcar y las dos bajadas del mes pasado.",
                "Siga tomando metformina con las comidas.\nAlmuerce a tiempo y lleve algo de comer.\nHágase el análisis este "
                "mes y el examen de los ojos este año.",
                "Llámenos si su azúcar baja de 70 dos veces en una semana.",
            ),
            "ar": (
                "قراءات السكر ونوبتا الهبوط في الشهر الماضي.",
                "استمر في تناول الميتفورمين مع الطعام.\nتناول الغداء في موعده واحمل معك شيئًا تأكله.\n"
                "أجرِ تحليل الدم هذا الشهر وافحص عينيك هذا العام.",
                "اتصل بنا إذا نزل السكر تحت 70 مرتين في أسبوع.",
            ),
        },
    ),
    Scenario(
        "Knee pain",
        "Right knee sore for two weeks, worse on stairs. No fall, no locking. Sleeps through.",
        "Walks in front of the camera without a limp. Bends to about 110 degrees. No visible swelling.",
        "Flare of knee osteoarthritis.",
        "Exercises shown and sent. Acetaminophen as needed. Warm packs. In-person visit if it swells or locks.",
        {
            "en": (
                "Your sore knee. The joint is worn and irritated.",
                "Do the two exercises we showed, ten times, twice a day.\nUse a warm pack.\nTake acetaminophen if you need it.",
                "Call us if the knee swells, locks or gives way.",
            ),
            "es": (
                "Su rodilla adolorida. La articulación está gastada e irritada.",
                "Haga los dos ejercicios diez veces, dos veces al día.\nUse una compresa tibia.\nTome acetaminofén si lo "
                "necesita.",
                "Llámenos si la rodilla se hincha, se traba o falla.",
            ),
            "ar": (
                "ألم الركبة. المفصل متآكل ومتهيج.",
                "قم بالتمرينين عشر مرات، مرتين في اليوم.\nاستعمل كمادة دافئة.\nتناول الأسيتامينوفين عند الحاجة.",
                "اتصل بنا إذا تورمت الركبة أو علقت أو ضعفت.",
            ),
        },
    ),
    Scenario(
        "Trouble sleeping",
        "Wakes at three most nights since a move in spring. Coffee until the afternoon. Mood fair, no thoughts of harm.",
        "Tired, engaged. PHQ-2 score 1.",
        "Insomnia, likely habits and stress. No sign of depression today.",
        "Sleep plan agreed: same rising time, no coffee after noon, no screen in bed. Diary for two weeks. Call in 3 weeks.",
        {
            "en": (
                "Why you wake at night and what may help.",
                "Get up at the same time every day.\nNo coffee after noon.\nNo phone in bed.\nWrite down your sleep for two "
                "weeks.",
                "Call us if you feel low most days. If you think of hurting yourself, call or text 988 at any time.",
            ),
            "es": (
                "Por qué se despierta de noche y qué puede ayudar.",
                "Levántese a la misma hora cada día.\nNo tome café después del mediodía.\nNo use el teléfono en la cama.\n"
                "Anote cómo duerme dos semanas.",
                "Llámenos si se siente triste casi todos los días. Si piensa en hacerse daño, llame o escriba al 988.",
            ),
            "ar": (
                "سبب استيقاظك ليلًا وما قد يساعد.",
                "انهض في الوقت نفسه كل يوم.\nلا قهوة بعد الظهر.\nلا هاتف في السرير.\nسجل نومك لمدة أسبوعين.",
                "اتصل بنا إذا شعرت بالحزن في معظم الأيام. إذا فكرت في إيذاء نفسك فاتصل بالرقم 988 في أي وقت.",
            ),
        },
    ),
    Scenario(
        "Rash on the arm",
        "Itchy patch on the left forearm for a week after gardening. No fever, nothing new in food or soap.",
        "Photo reviewed: 3 cm red, scaly patch, sharp border, no blisters.",
        "Contact dermatitis.",
        "Hydrocortisone 1% twice a day for 7 days. Gloves in the garden. New photo if not better in a week.",
        {
            "en": (
                "The rash on your arm. Something you touched irritated the skin.",
                "Put on a thin layer of the cream twice a day for seven days.\nWear gloves in the garden.",
                "Send a new photo if it is not better in a week. Call us if it spreads or you have fever.",
            ),
            "es": (
                "La erupción en su brazo. Algo que tocó irritó la piel.",
                "Ponga una capa fina de crema dos veces al día por siete días.\nUse guantes en el jardín.",
                "Envíe otra foto si no mejora en una semana. Llámenos si se extiende o tiene fiebre.",
            ),
            "ar": (
                "الطفح على ذراعك. شيء لمسته هيّج الجلد.",
                "ضع طبقة رقيقة من الكريم مرتين في اليوم لمدة سبعة أيام.\nالبس قفازين في الحديقة.",
                "أرسل صورة جديدة إذا لم يتحسن خلال أسبوع. اتصل بنا إذا انتشر أو أصابتك حمى.",
            ),
        },
    ),
]
