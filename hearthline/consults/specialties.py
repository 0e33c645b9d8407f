"""What is asked in each specialty: needed facts, signs that mean "not by this road, now", and how soon an answer comes.

Sources of the facts: American Telemedicine Association, quick guide to teledermatology (history, site, duration,
previous treatment); ACR Practice Parameter for Communication of Diagnostic Imaging Findings (2020): clinical question,
prior studies; Champlain BASE eConsult (Liddy, Keely et al., 2013 to 2018): one question, what was tried, an answer
within a week. Red flags: American Academy of Dermatology on severe drug reactions and cellulitis; AHA/ACC chest pain
guideline (2021); AHA/ASA guidelines for acute ischaemic stroke (2019). A clinic's medical lead reviews them before use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hearthline.scheduling.rules.urgency import RedFlag, Urgency

HOUR = 60  # minutes


@dataclass(frozen=True)
class Fact:
    """A question of a specialty. ``choices`` empty: words. ``plain``: patients are asked too, in these words."""

    code: str
    label: str | Promise
    plain: str | Promise = ""
    choices: Mapping[str, str | Promise] = field(default_factory=dict)
    is_required: bool = True

    @property
    def is_for_patients(self) -> bool:
        """Whether patients are asked this."""
        return bool(self.plain)


@dataclass(frozen=True)
class Sign:
    """A red flag of a specialty, in plain words."""

    code: str
    text: str | Promise
    urgency: Urgency = Urgency.EMERGENCY


@dataclass(frozen=True)
class Specialty:
    """One specialty that can be asked."""

    code: str
    name: str | Promise
    facts: Sequence[Fact]
    signs: Sequence[Sign]
    wanted_objects: str | Promise
    plain_name: str | Promise = ""
    target_minutes: Mapping[str, int] = field(
        default_factory=lambda: {"urgent": 4 * HOUR, "soon": 9 * HOUR, "routine": 27 * HOUR}
    )

    def flags(self) -> list[RedFlag]:
        """Return the signs as questions in the language of the page."""
        return [RedFlag(sign.code, sign.urgency, str(sign.text)) for sign in self.signs]


SIDES = {
    "left": pgettext_lazy("side of the body", "Left"),
    "right": pgettext_lazy("side of the body", "Right"),
    "both": pgettext_lazy("side of the body", "Both"),
    "middle": _("In the middle"),
}
YES_NO = {"yes": _("Yes"), "no": _("No"), "unknown": _("Not known")}
SINCE = Fact("since", _("Since when"), _("When did it start?"))
TRIED = Fact("tried", _("What was tried, and what it did"), _("What have you tried so far? Did it help?"))

SPECIALTIES: dict[str, Specialty] = {
    one.code: one
    for one in (
        Specialty(
            "dermatology",
            _("Dermatology"),
            (
                Fact("site", _("Body site"), _("Where on the body is it?")),
                Fact("side", _("Side"), _("On which side?"), SIDES),
                SINCE,
                Fact("change", _("How it changed: size, colour, bleeding"), _("How has it changed?")),
                Fact("itch", _("Itching or pain"), _("Does it itch or hurt?"), YES_NO),
                TRIED,
                Fact("history", _("Skin cancer, immune suppression, new medicines"), is_required=False),
            ),
            (
                Sign(
                    "blistering",
                    _("Skin that blisters or peels over large parts, or sores in mouth and eyes with fever"),
                ),
                Sign("spreading", _("Redness that spreads within hours, with fever or feeling very ill")),
                Sign("purple_spots", _("Dark red or purple spots that do not fade when pressed, with fever")),
                Sign("swelling", _("Swelling of face, lips or tongue")),
            ),
            _("Photos: from afar, with a landmark, close up, and close up with a scale."),
            _("Skin doctor"),
        ),
        Specialty(
            "radiology",
            _("Radiology"),
            (
                Fact("study", _("Which study: region and method")),
                Fact("side", _("Side"), choices=SIDES),
                Fact("indication", _("Clinical question, and what would change with the answer")),
                Fact("priors", _("Earlier studies, and where they are"), is_required=False),
                Fact("pregnancy", _("Pregnancy"), choices=YES_NO),
            ),
            (
                Sign(
                    "unstable",
                    _("The patient is unstable now: low pressure, hard to wake, short of breath at rest"),
                ),
                Sign("head_injury", _("Head injury with vomiting, confusion or a seizure")),
                Sign("cord", _("New weakness of both legs, or loss of control of bladder or bowel")),
            ),
            _("The study itself, and earlier ones to compare."),
        ),
        Specialty(
            "cardiology",
            _("Cardiology"),
            (
                Fact("complaint", _("Complaint, and what brings it on")),
                SINCE,
                Fact("pressure", _("Blood pressure and pulse, and when")),
                Fact("ecg", _("ECG: date and finding"), is_required=False),
                TRIED,
            ),
            (
                Sign("chest_pain", _("Chest pain or pressure at rest, or more than 15 minutes long")),
                Sign("fainting", _("Fainting with exercise, or with a fast or irregular pulse")),
                Sign("breathless", _("Short of breath at rest")),
            ),
            _("An ECG, an echo report, home readings."),
        ),
        Specialty(
            "endocrinology",
            _("Endocrinology"),
            (
                Fact(
                    "question_kind",
                    _("Diabetes, thyroid or other"),
                    choices={"diabetes": _("Diabetes"), "thyroid": _("Thyroid"), "other": _("Another")},
                ),
                Fact("labs", _("Latest results, with dates")),
                TRIED,
            ),
            (
                Sign("ketoacidosis", _("High sugar with vomiting, belly pain, fast breathing or drowsiness")),
                Sign("low_sugar", _("Low sugar that does not come up, or with confusion")),
            ),
            _("Laboratory results and glucose readings."),
        ),
        Specialty(
            "neurology",
            _("Neurology"),
            (
                Fact("complaint", _("Complaint and examination")),
                SINCE,
                Fact("imaging", _("Imaging done, and its result"), is_required=False),
                TRIED,
            ),
            (
                Sign("stroke", _("A face that droops, a weak arm or trouble speaking, new today")),
                Sign("thunderclap", _("The worst headache ever, within a minute")),
                Sign("seizure", _("A seizure that does not stop, or a first one")),
            ),
            _("Reports of imaging, films of the movement."),
        ),
    )
}
