"""What is asked on the pages of cases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.consults.models import Closing, Consult, CriticalFinding, Opinion
from hearthline.consults.models.answers import SECTION_LENGTH
from hearthline.consults.models.cases import FACT_LENGTH, QUESTION_LENGTH
from hearthline.consults.models.desks import NAME_LENGTH, REASON_LENGTH
from hearthline.consults.specialties import Fact
from hearthline.foundation import clock
from hearthline.imaging.intake.choices import BodySite, Laterality, View
from hearthline.scheduling.rules.urgency import RedFlag

NONE_OF_THESE = "none"
MOST_MINUTES = 24 * 60


def words(label: Any, *, limit: int = REASON_LENGTH, rows: int = 3, **options: Any) -> forms.CharField:
    """Return a field for some lines of text."""
    return forms.CharField(
        label=label, max_length=limit, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


class FlagsForm(forms.Form):
    """The red-flag screen of a specialty; and, where a case is open already, why this is another matter."""

    flags = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what is true, or “None of these”.")},
    )
    other_matter = words(_("Why this is another matter than the open case"), rows=2, required=False)

    def __init__(
        self, *args: Any, flags: Sequence[RedFlag], has_open: bool, by_patient: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["flags"]
        field.choices = [*((flag.code, flag.text) for flag in flags), (NONE_OF_THESE, _("None of these"))]
        field.label = _("Do you have any of these now?") if by_patient else _("Does any of these hold now?")
        if not has_open:
            del self.fields["other_matter"]

    def clean_flags(self) -> list[str]:
        """Refuse "none" beside something: the screen must not guess which one was meant."""
        chosen: list[str] = self.cleaned_data["flags"]
        if NONE_OF_THESE in chosen and len(chosen) > 1:
            raise forms.ValidationError(_("Choose either what is true or “None of these”, not both."))
        return chosen


class QuestionForm(forms.Form):
    """The question with the facts of its specialty."""

    question = words(_("Your question"), limit=QUESTION_LENGTH, rows=5)
    file = forms.FileField(
        label=_("A photo or document"),
        required=False,
        help_text=_("JPEG, PNG, WebP or PDF. Save to add another one."),
    )
    title = forms.CharField(label=_("What it shows"), max_length=120, required=False)

    def __init__(
        self, *args: Any, facts: Iterable[Fact], by_patient: bool, wanted: Any = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question"].required = False  # an unfinished question may begin with its photos
        self.facts = list(facts)
        after = {name: self.fields.pop(name) for name in ("file", "title")}
        for fact in self.facts:
            self.fields[f"fact_{fact.code}"] = _fact_field(fact, by_patient=by_patient)
        if not by_patient:
            self.fields["urgency"] = forms.ChoiceField(
                label=_("How soon"), choices=Consult.Urgency.choices, initial="routine"
            )
        self.fields |= after
        self.fields["file"].help_text = f"{self.fields['file'].help_text} {wanted}".strip()

    def mark_needed(self) -> None:
        """Show what is needed before it is asked; saving an unfinished question needs none."""
        self.fields["question"].required = True
        for fact in self.facts:
            self.fields[f"fact_{fact.code}"].required = fact.is_required

    def answers(self) -> dict[str, str]:
        """Return the facts that were given, by code."""
        return {fact.code: self.cleaned_data.get(f"fact_{fact.code}", "") for fact in self.facts}

    def clean(self) -> dict[str, Any]:
        """Ask what a file shows."""
        cleaned = super().clean() or {}
        if cleaned.get("file") and not cleaned.get("title"):
            self.add_error("title", _("Say what the file shows."))
        return cleaned


def _fact_field(fact: Fact, *, by_patient: bool) -> forms.Field:
    label: Any = fact.plain if by_patient and fact.plain else fact.label
    if fact.choices:
        choices = [("", _("Choose")), *fact.choices.items()]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    return forms.CharField(label=label, max_length=FACT_LENGTH, required=False)


class AskForm(QuestionForm):
    """The question, and what has to be true before it is asked."""

    told_by_name = forms.CharField(
        label=_("Who told the patient that a specialist is asked, and heard their yes"),
        max_length=NAME_LENGTH,
    )
    told_on = forms.DateField(
        label=_("When the patient was told"), widget=forms.DateInput(attrs={"type": "date"})
    )
    shares_record = forms.BooleanField(
        label=_("Share problems, allergies, medicines and last measurements"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(
            [name for name in self.fields if name not in ("told_by_name", "told_on", "shares_record")]
        )

    def told_at(self, zone: str) -> datetime:
        """Return the moment that stands for the day the patient was told."""
        day: date = self.cleaned_data["told_on"]
        now = clock.now()
        return min(now, datetime.combine(day, time(12, 0), tzinfo=ZoneInfo(zone)))

    def clean_told_on(self) -> date:
        """Refuse a day that is not over the near past."""
        day: date = self.cleaned_data["told_on"]
        today = clock.now().date()
        if not -366 < (day - today).days <= 1:
            raise forms.ValidationError(_("Choose a day of the last year, today at the latest."))
        return day


class TextForm(forms.Form):
    """Some words, and perhaps a file with them."""

    text = words(_("Text"), limit=FACT_LENGTH)
    file = forms.FileField(label=_("A photo or document"), required=False)

    def __init__(self, *args: Any, label: Any = "", takes_file: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label or self.fields["text"].label
        if not takes_file:
            del self.fields["file"]


class AskMoreForm(TextForm):
    """What is needed; and when it is a photo, of what and from how far, so that the asker is led to take it."""

    body_site = forms.ChoiceField(
        label=_("One more photo of"), choices=[("", _("No photo")), *BodySite.choices], required=False
    )
    laterality = forms.ChoiceField(
        label=_("Which side"), choices=[("", _("Choose")), *Laterality.choices], required=False
    )
    view = forms.ChoiceField(
        label=_("From how far"), choices=[("", _("Any view")), *View.choices], required=False
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the side of a place, and for the place of a side."""
        cleaned = super().clean() or {}
        if cleaned.get("body_site") and not cleaned.get("laterality"):
            self.add_error("laterality", _("Say which side."))
        if not cleaned.get("body_site") and (cleaned.get("laterality") or cleaned.get("view")):
            self.add_error("body_site", _("Say of what the photo is wanted."))
        return cleaned

    @staticmethod
    def photo_in(cleaned: Mapping[str, Any]) -> dict[str, str]:
        """Return the place of the wanted photo."""
        return {name: cleaned[name] for name in ("body_site", "laterality", "view")}


class WhyAgainForm(forms.Form):
    """Why an answered case is to be read again; nothing is asked before the answer."""

    words = words(_("What came, and why the specialist should look again"))

    def __init__(self, *args: Any, is_late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_late:
            del self.fields["words"]


class ReasonForm(forms.Form):
    """Why."""

    reason = words(_("Why"))


class HandBackForm(ReasonForm):
    """Why a case is given back."""

    has_conflict = forms.BooleanField(label=_("I have a conflict of interest"), required=False)


class AssignForm(forms.Form):
    """To whom a case goes."""

    reader = forms.ChoiceField(label=_("Reader"))
    reason = words(_("Why, if something speaks against it"), required=False, rows=2)

    def __init__(self, *args: Any, readers: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reader"].choices = list(readers)  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    """Which organization may answer."""

    agreement = forms.ChoiceField(label=_("Organization"))

    def __init__(self, *args: Any, agreements: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreement"].choices = list(agreements)  # type: ignore[attr-defined]


class OpinionForm(forms.Form):
    """An answer being written."""

    findings = words(_("What I see"), limit=SECTION_LENGTH, rows=5, required=False)
    assessment = words(_("What I think it is"), limit=SECTION_LENGTH, rows=4, required=False)
    plan = words(_("What to do, and when to refer"), limit=SECTION_LENGTH, rows=5, required=False)
    has_spoken = forms.BooleanField(label=_("We also spoke about it"), required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    discrepancy = forms.ChoiceField(
        label=_("Against the preliminary answer"),
        choices=[("", _("Choose")), *Opinion.Discrepancy.choices],
        required=False,
    )
    discrepancy_words = words(_("What differs"), rows=2, required=False)

    def __init__(self, *args: Any, has_preliminary: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_preliminary:
            del self.fields["discrepancy"], self.fields["discrepancy_words"]


class CriticalForm(forms.Form):
    """A critical finding."""

    finding = words(_("What was found"), rows=2)
    urgency = forms.ChoiceField(label=_("Somebody must know"), choices=CriticalFinding.Urgency.choices)


class ToldForm(forms.Form):
    """That somebody was told of a critical finding."""

    received_by = forms.CharField(label=_("Who was told"), max_length=NAME_LENGTH)
    minutes_ago = forms.IntegerField(
        label=_("How many minutes ago"), min_value=0, max_value=MOST_MINUTES, initial=0
    )
    method = forms.ChoiceField(label=_("How"), choices=CriticalFinding.Method.choices[:3])


class ReadBackForm(forms.Form):
    """What was understood of a critical finding."""

    read_back = words(_("In your own words: what was found, and what you do now"), rows=2)


class TellForm(forms.Form):
    """How the patient was told."""

    how = forms.ChoiceField(
        label=_("How the patient was told"),
        choices=[
            ("visit", _("In a visit")),
            ("phone", _("By telephone")),
            ("message", _("By message")),
            ("caregiver", _("Through a caregiver")),
        ],
    )


class CloseForm(forms.Form):
    """The two questions."""

    next_step = forms.ChoiceField(
        label=_("What will you do?"), choices=Closing.Next.choices, widget=forms.RadioSelect
    )
    referral = forms.ChoiceField(
        label=_("Was a referral avoided?"), choices=Closing.Avoided.choices, widget=forms.RadioSelect
    )
    comment = words(_("Anything the specialist should hear"), rows=2, required=False)


class OwnCloseForm(forms.Form):
    """What somebody who asked for themselves will do."""

    next_step = forms.ChoiceField(
        label=_("What will you do now?"),
        choices=[
            ("treat", _("Do what the answer says")),
            ("visit", _("Book a visit")),
            ("watch", _("Wait and watch")),
            ("other", _("Something else")),
        ],
        widget=forms.RadioSelect,
    )


class TimeForm(forms.Form):
    """A correction of one's own minutes."""

    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=MOST_MINUTES)
    reason = forms.CharField(label=_("Why"), max_length=300)
