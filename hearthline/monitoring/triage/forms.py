"""What a person fills in on a case and on the page of their time."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.alerts.models import Alert, Suppression
from hearthline.monitoring.alerts.models.cases import COMMENT_LENGTH
from hearthline.monitoring.alerts.models.quiet import NOTE_LENGTH
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services.cases import LONGEST_SNOOZE
from hearthline.monitoring.readings.models import MonitoringPause
from hearthline.monitoring.triage.models import REASON_LENGTH

SNOOZES = (
    (15, _("15 minutes")),
    (30, _("30 minutes")),
    (60, _("1 hour")),
    (4 * 60, _("4 hours")),
    (8 * 60, _("8 hours")),
    (24 * 60, _("1 day")),
    (72 * 60, _("3 days")),
)


class CloseForm(forms.Form):
    comment = forms.CharField(
        label=_("What you found and did"),
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SnoozeForm(forms.Form):
    minutes = forms.TypedChoiceField(label=_("For how long"), coerce=int)

    def __init__(self, *args: Any, alert: Alert, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = LONGEST_SNOOZE[Severity(alert.severity)].total_seconds() / 60
        self.fields["minutes"].choices = [one for one in SNOOZES if one[0] <= longest]  # type: ignore[attr-defined]


class SuppressForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why alerts are held back"), choices=Suppression.Reason.choices)
    hours = forms.IntegerField(label=_("For how many hours"), min_value=1, max_value=14 * 24)
    note = forms.CharField(label=_("Note"), max_length=NOTE_LENGTH, required=False)


class PauseForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why monitoring rests"), choices=MonitoringPause.Reason.choices)
    days = forms.IntegerField(label=_("For how many days"), min_value=1, max_value=90)


class ContactForm(forms.Form):
    minutes = forms.IntegerField(label=_("Minutes you spoke"), min_value=1, max_value=30)


class BeatForm(forms.Form):
    seconds = forms.IntegerField(min_value=0, max_value=3600)


class BudgetForm(forms.Form):
    alerts_per_100 = forms.DecimalField(
        label=_("Alerts for each 100 days of one person, at the most"),
        min_value=0,
        max_value=9999,
        decimal_places=1,
        max_digits=5,
    )
    minutes_per_alert = forms.DecimalField(
        label=_("Minutes of a nurse for one alert"),
        min_value=Decimal("0.1"),
        max_value=240,
        decimal_places=1,
        max_digits=4,
    )
    nurse_minutes_a_day = forms.IntegerField(
        label=_("Minutes of nurses a day, at the most"),
        help_text=_("Empty: no limit."),
        min_value=1,
        max_value=100_000,
        required=False,
    )


class CorrectionForm(forms.Form):
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=30)
    is_live_contact = forms.BooleanField(label=_("We spoke, by voice or video"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=REASON_LENGTH)
