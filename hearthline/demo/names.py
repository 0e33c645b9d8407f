"""Invented people. Names are common ones put together at random; any likeness is chance."""

STAFF_DOMAIN = "riverbend.example"
PATIENT_DOMAIN = "patients.example"

# family, given, language, share of the hundred patients
NAME_POOLS: dict[str, tuple[int, list[str], list[str]]] = {
    "en": (
        44,
        [
            "Harold",
            "Denise",
            "Marcus",
            "Ruth",
            "Tyrone",
            "Grace",
            "Walter",
            "Keisha",
            "Bernard",
            "Opal",
            "Leon",
            "Faye",
        ],
        [
            "Jensen",
            "Whitaker",
            "Brooks",
            "Okoro",
            "Tanner",
            "Mills",
            "Haines",
            "Coleman",
            "Pruitt",
            "Vance",
            "Ashby",
        ],
    ),
    "es": (
        36,
        [
            "Lucía",
            "Ramón",
            "Carmen",
            "Ignacio",
            "Pilar",
            "Efraín",
            "Marisol",
            "Joaquín",
            "Dolores",
            "Andrés",
            "Noemí",
        ],
        [
            "Delgado Ruiz",
            "Cárdenas",
            "Villarreal",
            "Peña Soto",
            "Zamora",
            "Quiroga",
            "Trujillo",
            "Ibarra",
            "Salinas",
        ],
    ),
    "ar": (
        12,
        ["ليلى", "سامر", "هدى", "كريم", "نادية", "يوسف", "رانية", "عمر"],
        ["حداد", "منصور", "خليل", "العلي", "نجار", "شاهين"],
    ),
    "vi": (8, ["Minh", "Lan", "Hùng", "Thảo", "Quân", "Mai"], ["Nguyễn", "Trần", "Phạm", "Đặng"]),
}

STREETS = [
    "Cottonwood Lane",
    "Mesquite Street",
    "Old Mill Road",
    "Pecan Avenue",
    "Ranch Road 12",
    "Juniper Court",
]
TOWNS = ["Austin", "Round Rock", "Bastrop", "Lockhart", "San Marcos", "Elgin"]
PROBLEMS = [
    ("Essential hypertension", "I10"),
    ("Type 2 diabetes", "E11.9"),
    ("Asthma", "J45.909"),
    ("Hypothyroidism", "E03.9"),
    ("Osteoarthritis of the knee", "M17.9"),
    ("Migraine", "G43.909"),
    ("Heart failure", "I50.9"),
    ("Chronic obstructive lung disease", "J44.9"),
]
ALLERGIES = [
    ("Penicillin", "medication", "high", "Hives and swelling of the lips in 2011"),
    ("Sulfa medicines", "medication", "low", "Rash"),
    ("Peanuts", "food", "high", "Trouble breathing"),
    ("Latex", "environment", "low", "Itching"),
]
MEDICINES = [
    ("Lisinopril 10 mg", "One tablet every morning"),
    ("Metformin 500 mg", "One tablet with breakfast and dinner"),
    ("Albuterol inhaler", "Two puffs when short of breath"),
    ("Levothyroxine 50 mcg", "One tablet on an empty stomach"),
    ("Acetaminophen 500 mg", "One or two tablets for pain, at most six a day"),
    ("Furosemide 20 mg", "One tablet every morning"),
]
