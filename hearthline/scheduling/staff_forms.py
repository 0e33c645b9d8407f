"""Forms of the staff's schedule and line."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.directory import places
from hearthline.scheduling.models import Mode, Place, Reason, Service
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


class WalkInForm(VisitForm):
    """A person who came without an appointment."""

    site = forms.ModelChoiceField(label=_("Line of"), queryset=Site.objects.none())

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, walk_ins=True)
        self.fields["site"].queryset = Site.objects.filter(is_active=True)  # type: ignore[attr-defined]
