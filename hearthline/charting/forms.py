"""Forms of the chart. They turn words into values; rules and services decide."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from hearthline.charting import rules
from hearthline.charting.models import (
    SECTION_LENGTH,
    SHORT_TEXT_LENGTH,
    TITLE_LENGTH,
    Allergy,
    Document,
    Medication,
    NoteTemplate,
    Problem,
)
from hearthline.charting.vital_kinds import KINDS
from hearthline.foundation import clock

OLDEST_VITAL_DAYS = 366
CLOCK_LEEWAY = timedelta(minutes=5)
# ICD-10-CM codes: a letter, two characters, and up to four more after a point (FY 2026 tabular list).
validate_icd10 = RegexValidator(
    r"^[A-TV-Za-tv-z][0-9][0-9AaBb](\.[0-9A-Za-z]{1,4})?$",
    _("Enter an ICD-10 code such as I10 or E11.9, or none."),
)


def _text(
    label: Any, *, rows: int = 4, limit: int = SECTION_LENGTH, hint: Any = "", required: bool = False
) -> Any:
    return forms.CharField(
        label=label,
        required=required,
        max_length=limit,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class ProblemForm(forms.ModelForm[Problem]):
    """A problem of the patient."""

    code = forms.CharField(label=_("ICD-10 code"), required=False, max_length=10, validators=[validate_icd10])

    class Meta:
        model = Problem
        fields = ["title", "code", "status", "onset_on", "resolved_on"]
        labels = {
            "title": _("Problem"),
            "status": _("Status"),
            "onset_on": _("Since"),
            "resolved_on": _("Resolved on"),
        }
        widgets = {
            "onset_on": forms.DateInput(attrs={"type": "date"}),
            "resolved_on": forms.DateInput(attrs={"type": "date"}),
        }

    def clean_code(self) -> str:
        """Keep codes in capitals."""
        return str(self.cleaned_data["code"]).upper()

    def clean(self) -> dict[str, Any]:
        """Refuse dates that contradict each other or lie ahead."""
        values = super().clean() or self.cleaned_data
        onset, resolved, today = values.get("onset_on"), values.get("resolved_on"), clock.now().date()
        if onset and onset > today:
            self.add_error("onset_on", _("This date is in the future."))
        if resolved and resolved > today:
            self.add_error("resolved_on", _("This date is in the future."))
        if onset and resolved and resolved < onset:
            self.add_error("resolved_on", _("The end lies before the beginning."))
        if resolved and values.get("status") == Problem.Status.ACTIVE:
            self.add_error("status", _("A problem with an end date is not active."))
        return values


class AllergyForm(forms.ModelForm[Allergy]):
    """An allergy or intolerance of the patient."""

    class Meta:
        model = Allergy
        fields = ["substance", "category", "criticality", "reaction", "is_active"]
        labels = {
            "substance": _("Allergic to"),
            "category": _("Kind"),
            "criticality": _("How dangerous"),
            "reaction": _("What happened"),
            "is_active": _("Still so"),
        }


class MedicationForm(forms.ModelForm[Medication]):
    """A medicine the patient takes."""

    class Meta:
        model = Medication
        fields = ["name", "directions", "status", "source", "started_on", "stopped_on", "stop_reason"]
        labels = {
            "name": _("Medicine and strength"),
            "directions": _("How it is taken"),
            "status": _("Status"),
            "source": _("Source"),
            "started_on": _("Started on"),
            "stopped_on": _("Stopped on"),
            "stop_reason": _("Why it was stopped"),
        }
        widgets = {
            "started_on": forms.DateInput(attrs={"type": "date"}),
            "stopped_on": forms.DateInput(attrs={"type": "date"}),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a stop before the start, and a stopped medicine without a reason."""
        values = super().clean() or self.cleaned_data
        started, stopped = values.get("started_on"), values.get("stopped_on")
        if started and stopped and stopped < started:
            self.add_error("stopped_on", _("The end lies before the beginning."))
        if values.get("status") == Medication.Status.STOPPED and not values.get("stop_reason"):
            self.add_error("stop_reason", _("Say why it was stopped."))
        return values


class VitalForm(forms.Form):
    """One measurement. The unit is chosen beside the value; an unusual value asks for confirmation."""

    kind = forms.ChoiceField(label=_("What"), choices=[(key, kind.label) for key, kind in KINDS.items()])
    value = forms.DecimalField(label=_("Value"), min_value=Decimal(-100), max_value=9999, decimal_places=2)
    second_value = forms.DecimalField(
        label=_("Second value"),
        help_text=_("Only for blood pressure: the lower number."),
        min_value=0,
        max_value=999,
        decimal_places=2,
        required=False,
    )
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=[
            (unit.code, unit.label)
            for unit in dict.fromkeys(unit for kind in KINDS.values() for unit in kind.units)
        ],
    )
    taken_at = forms.DateTimeField(
        label=_("Measured at"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), required=False
    )
    is_confirmed_unusual = forms.BooleanField(label=_("I measured again: the value is right"), required=False)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        self.zone = ZoneInfo(zone)
        super().__init__(*args, **kwargs)

    def clean_taken_at(self) -> datetime:
        """Read the time in the clinic's zone; refuse the future and more than a year ago."""
        entered: datetime | None = self.cleaned_data["taken_at"]
        now = clock.now()
        taken_at = now if entered is None else entered.replace(tzinfo=self.zone)
        if taken_at > now + CLOCK_LEEWAY:
            raise forms.ValidationError(_("This time is in the future."))
        if taken_at < now - timedelta(days=OLDEST_VITAL_DAYS):
            raise forms.ValidationError(_("Enter a time within the last year."))
        return taken_at

    def clean(self) -> dict[str, Any]:
        """Convert to the kept unit and check against what is possible and usual."""
        values = super().clean() or self.cleaned_data
        if "kind" not in values or "value" not in values or "unit" not in values:
            return values
        kind = KINDS[values["kind"]]
        try:
            values["value"] = rules.to_kept_unit(kind, values["value"], values["unit"])
        except ValueError:
            self.add_error("unit", _("This is not measured in that unit."))
            return values
        if values["kind"] != "blood_pressure":
            values["second_value"] = None
        for problem in rules.check_vital(values["kind"], values["value"], values.get("second_value")):
            if not (problem.can_confirm and values.get("is_confirmed_unusual")):
                self.add_error(problem.field, problem.message)
        return values

    def kept(self) -> dict[str, Any]:
        """Return the values as the service takes them."""
        names = ("kind", "value", "second_value", "taken_at", "is_confirmed_unusual")
        return {name: self.cleaned_data[name] for name in names}


class ReasonForm(forms.Form):
    """Why an entry is a mistake."""

    reason = _text(_("Why is this entry a mistake?"), rows=2, limit=SHORT_TEXT_LENGTH, required=True)


class NoteForm(forms.Form):
    """The four sections of a note."""

    subjective = _text(_("Subjective"), hint=_("What the patient tells."), rows=5)
    objective = _text(_("Objective"), hint=_("What you see, hear and measure."), rows=4)
    assessment = _text(_("Assessment"), hint=_("What you think it is."), rows=4)
    plan = _text(_("Plan"), hint=_("What is to be done, by whom, until when."), rows=5)
    revision = forms.IntegerField(min_value=1, max_value=2_000_000_000, widget=forms.HiddenInput)

    def sections(self) -> dict[str, str]:
        """Return the text by section."""
        return {name: str(self.cleaned_data[name]) for name in rules.NOTE_SECTIONS}


class AddendumForm(forms.Form):
    """An addition to a signed note."""

    text = _text(_("Addendum"), rows=4, required=True)
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)


class SummaryForm(forms.Form):
    """What the patient takes home."""

    language = forms.ChoiceField(label=_("Language of the summary"), choices=settings.LANGUAGES)
    what_we_discussed = _text(_("What we talked about"), rows=3)
    what_to_do = _text(_("What to do now"), hint=_("Short sentences, plain words."), rows=5)
    medicines = _text(_("Your medicines"), rows=3)
    when_to_get_help = _text(_("When to get help"), rows=3)
    follow_up = _text(_("What happens next"), rows=2, limit=SHORT_TEXT_LENGTH)
    revision = forms.IntegerField(min_value=1, max_value=2_000_000_000, widget=forms.HiddenInput)


class DocumentForm(forms.Form):
    """A file for the chart."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Document.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)
    file = forms.FileField(label=_("File"), help_text=_("A photo or a PDF, up to 20 MB."))
    is_visible_to_patient = forms.BooleanField(
        label=_("The patient may see it"), required=False, initial=True
    )


class NoteTemplateForm(forms.ModelForm[NoteTemplate]):
    """A starting text for notes."""

    class Meta:
        model = NoteTemplate
        fields = ["name", "subjective", "objective", "assessment", "plan", "is_active"]
        labels = {
            "name": _("Name"),
            "subjective": _("Subjective"),
            "objective": _("Objective"),
            "assessment": _("Assessment"),
            "plan": _("Plan"),
            "is_active": _("In use"),
        }

    def clean_name(self) -> str:
        """Refuse a name that another template has."""
        name = str(self.cleaned_data["name"])
        if NoteTemplate.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another template has this name."))
        return name
