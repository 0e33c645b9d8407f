"""Forms of the care team: what is asked of a person, their goals, their devices, and whose a value is."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock
from hearthline.monitoring.episodes.plan import EVERY_DAY, WHOLE_DAY, Planned
from hearthline.monitoring.home.kinds import BY_KEY, KINDS
from hearthline.monitoring.home.models import Goal
from hearthline.monitoring.readings.credentials import COMPACT, FHIR, NIGHTSCOUT
from hearthline.monitoring.readings.metrics import BY_NUMBER
from hearthline.monitoring.readings.models import (
    IDENTIFIER_LENGTH,
    NAME_LENGTH,
    Device,
    DeviceAssignment,
    MonitoredPatient,
)
from hearthline.monitoring.readings.pipeline.types import NO_USER, UNKNOWN_USER

NEVER_BY_HAND = (Device.Kind.MANUAL, Device.Kind.FILE)


# Parts of a day as people live them; with the tolerance of an hour on both sides they do not overlap.
PARTS: dict[str, tuple[str | Promise, tuple[time, time]]] = {
    "morning": (_("Morning, 6 to 10"), (time(6), time(10))),
    "midday": (_("Midday, 12 to 14"), (time(12), time(14))),
    "evening": (_("Evening, 17 to 20"), (time(17), time(20))),
    "bedtime": (_("Bedtime, 22 to 23"), (time(22), time(23))),
}


class AskForm(forms.Form):
    """What to measure, on which days, in which parts of them."""

    kind = forms.ChoiceField(label=_("What to measure"), choices=[(one.key, one.label) for one in KINDS])
    parts = forms.MultipleChoiceField(
        label=_("When"),
        choices=[(key, label) for key, (label, _hours) in PARTS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None: once, at any time of the day."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=list(EVERY_DAY),
        error_messages={"required": _("Choose at least one day.")},
    )
    is_continuous = forms.BooleanField(
        label=_("A sensor measures all the time"), required=False, help_text=_("Only for blood sugar.")
    )

    def clean(self) -> dict[str, Any]:
        """A sensor measures at all hours of all days, and only what sensors measure."""
        values = super().clean() or self.cleaned_data
        if values.get("is_continuous"):
            kind = BY_KEY.get(values.get("kind", ""))
            if kind is not None and not kind.main.is_stream:
                self.add_error("is_continuous", _("No sensor measures this all the time."))
            if values.get("parts"):
                self.add_error("parts", _("A sensor measures all the time. Choose no part of the day."))
        return values

    def planned(self, today: date) -> Planned:
        """Return what was filled in, from ``today`` on."""
        values = self.cleaned_data
        metric = BY_KEY[values["kind"]].main.code
        if values["is_continuous"]:
            return Planned(metric, today, is_continuous=True)
        windows = tuple(hours for key, (_label, hours) in PARTS.items() if key in values["parts"])
        return Planned(
            metric, today, windows=windows or (WHOLE_DAY,), weekdays=tuple(sorted(values["weekdays"]))
        )


class GoalForm(forms.ModelForm[Goal]):
    """A goal of one metric, in the metric's own unit, with the person's own emergency limits if they differ."""

    class Meta:
        model = Goal
        fields = ["metric", "low", "high", "urgent_low", "urgent_high"]
        labels = {
            "metric": _("Value"),
            "low": _("Goal from"),
            "high": _("Goal up to"),
            "urgent_low": _("Emergency at or below"),
            "urgent_high": _("Emergency at or above"),
        }
        help_texts = {
            "metric": _("In mg/dL, mmHg, kg, % or °C."),
            "urgent_low": _("Only if the usual limits are wrong for this person."),
            "urgent_high": _("Only if the usual limits are wrong for this person, for example in pregnancy."),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse numbers that cannot be, or that contradict each other."""
        values = super().clean() or self.cleaned_data
        metric = BY_NUMBER.get(values.get("metric") or 0)
        limits = [(name, values.get(name)) for name in ("urgent_low", "low", "high", "urgent_high")]
        given = [(name, value) for name, value in limits if value is not None]
        if metric is not None and not given:
            self.add_error("low", _("Enter at least one number."))
        for name, value in given:
            if metric is not None and not metric.possible_low <= value <= metric.possible_high:
                self.add_error(name, _("This number cannot be. Look at the unit."))
        numbers = [value for _name, value in given]
        if numbers != sorted(set(numbers)):
            self.add_error(None, _("The numbers have to rise from emergency low to emergency high."))
        return values


class AssignForm(forms.Form):
    """A device for a person: one from the list, or a new one."""

    device = forms.ModelChoiceField(
        label=_("Device from the list"),
        queryset=Device.objects.none(),
        required=False,
        help_text=_("Leave empty to add a new one below."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[one for one in Device.Kind.choices if one[0] not in NEVER_BY_HAND],
        required=False,
    )
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH, required=False)
    model = forms.CharField(label=_("Model"), max_length=NAME_LENGTH, required=False)
    identifier = forms.CharField(
        label=_("Serial number"),
        max_length=IDENTIFIER_LENGTH,
        required=False,
        help_text=_("As printed on it."),
    )
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(
        label=_("Until, that day included"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    user_index = forms.IntegerField(
        label=_("User number on the device"),
        required=False,
        min_value=0,
        max_value=UNKNOWN_USER - 1,
        help_text=_("Only if several people use it and it tells them apart."),
    )

    def __init__(self, *args: Any, devices: QuerySet[Device], zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        field: Any = self.fields["device"]
        field.queryset = devices
        field.label_from_instance = lambda one: " · ".join(
            part for part in (one.get_kind_display(), one.name, one.identifier) if part
        )

    def clean(self) -> dict[str, Any]:
        """Need a device or the name of a new one; turn days into moments where the person lives."""
        values = super().clean() or self.cleaned_data
        if values.get("device") is None and not values.get("name"):
            self.add_error("name", _("Choose a device from the list, or name the new one."))
        if values.get("starts_on") is not None:
            # From today means from now: what the device holds from the morning is not this person's.
            starts_at = datetime.combine(values["starts_on"], time(), self.zone)
            is_today = values["starts_on"] == clock.now().astimezone(self.zone).date()
            self.starts_at = clock.now() if is_today else starts_at.astimezone(UTC)
        self.ends_at = None
        if values.get("ends_on") is not None:
            self.ends_at = datetime.combine(values["ends_on"], time.max, self.zone).astimezone(UTC)
        index = values.get("user_index")
        self.slot = NO_USER if index is None else index
        return values


class EndForm(forms.Form):
    """How a device's time with a person ends."""

    is_retired = forms.BooleanField(
        label=_("It came back and is not used any more"),
        required=False,
        help_text=_("Its credentials stop working at once."),
    )


class CredentialForm(forms.Form):
    """What a device or program is let in with."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, help_text=_("For example: phone of the patient.")
    )
    purpose = forms.ChoiceField(
        label=_("For"),
        choices=[
            ("token", _("A device or gateway that sends by itself")),
            ("uploader", _("An app for glucose sensors (xDrip+, Loop, AAPS)")),
        ],
        widget=forms.RadioSelect,
        initial="token",
    )

    @property
    def doors(self) -> tuple[str, ...]:
        """Which doors it opens."""
        return (NIGHTSCOUT,) if self.cleaned_data["purpose"] == "uploader" else (COMPACT, FHIR)


class WhoseForm(forms.Form):
    """Whose a measurement is."""

    monitored = forms.ModelChoiceField(
        label=_("Whose is it?"), queryset=MonitoredPatient.objects.none(), empty_label=_("Choose a patient")
    )

    def __init__(self, *args: Any, people: QuerySet[MonitoredPatient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["monitored"]
        field.queryset = people
        field.label_from_instance = lambda one: one.patient.listed_name


def free_devices(organization_id: Any) -> QuerySet[Device]:
    """Return the devices that nobody has now."""
    held = DeviceAssignment.objects.filter(organization_id=organization_id, ends_at__isnull=True)
    return (
        Device.objects.filter(organization_id=organization_id, retired_at__isnull=True)
        .exclude(kind__in=NEVER_BY_HAND)
        .exclude(pk__in=held.filter(user_index=NO_USER).values("device_id"))
        .order_by("kind", "name", "identifier")
    )
