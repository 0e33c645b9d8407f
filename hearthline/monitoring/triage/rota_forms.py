"""What somebody fills in to say who is on call, and for the steps of the ladder."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.alerts.models.rota import (
    CALENDAR_CHOICES,
    SHIFT_REASON_LENGTH,
    ChannelChoices,
    WhomChoices,
)
from hearthline.monitoring.alerts.rota import callable_members
from hearthline.monitoring.alerts.rules.ladder import MOST_STEPS, Channel, Step, Whom
from hearthline.monitoring.alerts.services.rota import Hours
from hearthline.scheduling.models.availability import Weekday
from hearthline.scheduling.rules.times import get_instant
from hearthline.tenancy.models import Site

MOST_MINUTES = 7 * 24 * 60
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)  # beyond them, zones and columns end


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **more)


def _time(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}), **more)


class CalendarForm(forms.Form):
    """What every entry of the calendar has: which calendar, who, and on whose clock."""

    whom = forms.TypedChoiceField(label=_("As what"), choices=CALENDAR_CHOICES, coerce=Whom)
    user = forms.TypedChoiceField(label=_("Who"), coerce=UUID)
    site = forms.ModelChoiceField(
        label=_("Where; its time zone counts"), queryset=Site.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, organization_id: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = callable_members(organization_id).select_related("user").order_by("user__name")
        self.fields["user"].choices = [(str(one.user_id), one.user.name) for one in members]  # type: ignore[attr-defined]
        sites = Site.objects.filter(organization_id=organization_id, is_active=True)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]

    def check_days(self, first: date | None, last: date | None, field: str) -> None:
        """Refuse days in the wrong order or beyond all calendars."""
        days = [day for day in (first, last) if day is not None]
        if not all(FIRST_DAY <= day <= LAST_DAY for day in days):
            self.add_error(field, _("Choose a day of this century."))
        elif len(days) == 2 and days[1] < days[0]:
            self.add_error(field, _("The last day has to be after the first."))


class LineForm(CalendarForm):
    """Hours of the weekly pattern."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts = _time(_("From"))
    ends = _time(_("To; not later than “From” means the next morning"))
    valid_from = _day(_("First day"))
    valid_until = _day(_("Last day"), required=False, help_text=_("Empty: until somebody removes it."))

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        values: dict[str, Any] = super().clean() or {}
        self.check_days(values.get("valid_from"), values.get("valid_until"), "valid_until")
        return values

    @property
    def hours(self) -> Hours:
        """What was filled in."""
        names = ("weekdays", "starts", "ends", "valid_from", "valid_until")
        return Hours(**{name: self.cleaned_data[name] for name in names})


class ShiftForm(CalendarForm):
    """An exception: one person for a time, in place of the pattern."""

    first_day = _day(_("From day"))
    first_time = _time(_("From"))
    last_day = _day(_("To day"))
    last_time = _time(_("To"))
    reason = forms.CharField(label=_("Why"), max_length=SHIFT_REASON_LENGTH, required=False)

    def clean(self) -> dict[str, Any]:
        """Turn the clock of the site into moments."""
        values: dict[str, Any] = super().clean() or {}
        self.check_days(values.get("first_day"), values.get("last_day"), "last_day")
        parts = ("first_day", "first_time", "last_day", "last_time", "site")
        if self.errors or any(values.get(name) is None for name in parts):
            return values
        zone = ZoneInfo(values["site"].zone)
        values["starts_at"] = get_instant(values["first_day"], values["first_time"], zone)
        values["ends_at"] = get_instant(values["last_day"], values["last_time"], zone)
        if values["ends_at"] - values["starts_at"] <= timedelta(0):
            raise ValidationError(_("The end has to be after the start."))
        return values


class StepForm(forms.Form):
    """A step of a ladder; left empty, it is none."""

    after_minutes = forms.IntegerField(
        label=_("After minutes"), min_value=0, max_value=MOST_MINUTES, required=False
    )
    whom = forms.TypedChoiceField(label=_("Who is told"), choices=WhomChoices.choices, coerce=Whom)
    channel = forms.TypedChoiceField(label=_("How"), choices=ChannelChoices.choices, coerce=Channel)


LadderForms = formset_factory(
    StepForm,
    extra=0,
    max_num=MOST_STEPS,
    absolute_max=MOST_STEPS,
    validate_max=True,
)


def ladder_initial(ladder: Any) -> list[dict[str, Any]]:
    """Return a ladder as the form shows it, with room for further steps."""
    rows: list[dict[str, Any]] = [
        {"after_minutes": one.after_minutes, "whom": one.whom.value, "channel": one.channel.value}
        for one in ladder
    ]
    return rows + [{"channel": Channel.NOTICE.value}] * (MOST_STEPS - len(rows))


def ladder_in(forms_of: BaseFormSet[StepForm]) -> list[Step]:
    """Return the steps that were filled in, in their order."""
    rows = [form.cleaned_data for form in forms_of.forms if form.cleaned_data]
    return [
        Step(row["after_minutes"], row["whom"], row["channel"])
        for row in rows
        if row.get("after_minutes") is not None
    ]
