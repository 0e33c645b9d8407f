"""Forms of the staff's schedule and line."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.directory import choices, places
from hearthline.directory.models import Patient
from hearthline.scheduling.models import Mode, Place, Reason, Service
from hearthline.scheduling.rules.requirements import INTERPRETED, WAYS, Kind, Wish, wishes_of
from hearthline.scheduling.services.requirements import interpreter_wish, needs_of, own_interpreter
from hearthline.tenancy.models import Site

CANCEL_REASONS = (
    Reason.CLINIC,
    Reason.BETTER,
    Reason.TIME,
    Reason.ELSEWHERE,
    Reason.TECHNOLOGY,
    Reason.COST,
    Reason.EMERGENCY,
    Reason.LEFT,
    Reason.MISTAKE,
    Reason.OTHER,
)
NOSHOW_REASONS = (
    Reason.NO_ANSWER,
    Reason.COULD_NOT_CONNECT,
    Reason.TECHNOLOGY,
    Reason.NO_INTERPRETER,
    Reason.LEFT,
    Reason.EMERGENCY,
    Reason.OTHER,
)


class ReasonForm(forms.Form):
    """Why an appointment is cancelled, or was missed."""

    reason_code = forms.ChoiceField(label=_("Reason"), widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, reasons: tuple[Reason, ...]) -> None:
        super().__init__(data)
        self.fields["reason_code"].choices = [(one.value, one.label) for one in reasons]  # type: ignore[attr-defined]


class VisitForm(forms.Form):
    """What is booked for a patient, before a time is chosen."""

    service = forms.ModelChoiceField(label=_("Visit"), queryset=Service.objects.none())
    mode = forms.ChoiceField(label=_("How"), choices=Mode.choices)
    location_jurisdiction = forms.ChoiceField(label=_("Where the patient will be: state or country"))
    location_place = forms.ChoiceField(label=_("The place"), choices=Place.choices)

    def __init__(
        self, data: Any = None, *, initial: dict[str, Any] | None = None, walk_ins: bool = False
    ) -> None:
        super().__init__(data, initial=initial)
        services = Service.objects.filter(is_active=True, offers__isnull=False).distinct()
        if walk_ins:
            services = services.filter(takes_walk_ins=True)
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
        self.fields["location_jurisdiction"].choices = places.jurisdiction_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse a way in which the service is not to be had."""
        values: dict[str, Any] = super().clean() or {}
        service, mode = values.get("service"), values.get("mode")
        if service is not None and mode and mode not in service.modes:
            ways = ", ".join(str(label) for _value, label in service.mode_choices)
            self.add_error("mode", _("This visit is only to be had so: %(ways)s") % {"ways": ways})
        return values


class RequirementsForm(forms.Form):
    """What has to be there for this visit."""

    interpreter = forms.ChoiceField(label=_("Interpreter"), required=False)
    interpreter_language = choices.interpreter_language_field(label=_("Language of the interpreter"))
    interpreter_gender = choices.interpreter_gender_field(label=_("Who should interpret"))
    interpreter_name = choices.NameField(label=_("Wished interpreter"), required=False)
    others = choices.several(
        [(kind.value, kind.label) for kind in Kind if kind not in INTERPRETED], label=_("Has to be there")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = [("", _("As on the record")), ("no", _("Not needed")), ("yes", _("Needed"))]
        self.fields["interpreter"].choices = ways  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the interpreter's language when one is needed."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("interpreter") == "yes" and not values.get("interpreter_language"):
            self.add_error("interpreter_language", _("Choose the language of the interpreter."))
        return values

    def wishes(self, patient: Patient, *, adds_record: bool) -> dict[Kind, Wish]:
        """Return what is asked for; ``adds_record``: captions and relay on the record belong to it in any case."""
        values = self.cleaned_data
        interpreters = []
        if values["interpreter"] == "yes":
            gender, name = values["interpreter_gender"], values["interpreter_name"]
            interpreters = [interpreter_wish(values["interpreter_language"], gender=gender, name=name)]
        elif not values["interpreter"]:
            interpreters = own_interpreter(patient)
        others = set(values["others"]) | (needs_of(patient) if adds_record else set())
        return wishes_of(interpreters=interpreters, access_needs=others)


class BookingForm(RequirementsForm, VisitForm):
    """What is booked for a patient, and what has to be there."""

    field_order = ("service", "mode", "location_jurisdiction", "location_place")

    @property
    def visit(self) -> dict[str, Any]:
        """What the visit is, without what has to be there."""
        return {name: self.cleaned_data[name] for name in VisitForm.base_fields}


class WayForm(forms.Form):
    """How one requirement is met without an interpreter in the call."""

    way = forms.ChoiceField(label=_("How it is met"), required=False)

    def __init__(self, data: Any = None, *, kind: Kind, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        nothing = _("By an interpreter in the call") if kind in INTERPRETED else _("Not arranged yet")
        self.fields["way"].choices = [("", nothing), *((way.value, way.label) for way in WAYS[kind])]  # type: ignore[attr-defined]


class WalkInForm(VisitForm):
    """A person who came without an appointment."""

    site = forms.ModelChoiceField(label=_("Line of"), queryset=Site.objects.none())

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, walk_ins=True)
        self.fields["site"].queryset = Site.objects.filter(is_active=True)  # type: ignore[attr-defined]
