"""Forms: emergency access, its review, and the search of the audit."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hearthline.audit.queries import AuditFilter
from hearthline.compliance.models import REASON_LENGTH, BreakGlass
from hearthline.compliance.people import MAX_FOUND, PatientName, patients
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import PATIENT_ROLES
from hearthline.tenancy.models import Organization

MAX_DAYS = 366
USUAL_DAYS = 30


class BreakGlassForm(forms.Form):
    cause = forms.ChoiceField(
        label=_("Why do you need this record?"), choices=BreakGlass.Cause.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("In your own words"),
        help_text=_("The privacy officer reads this. The patient is shown the answer above."),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("What did you decide?"), choices=BreakGlass.Outcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("What was wrong, or what happens next"),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AuditSearchForm(forms.Form):
    """By patient, by person, by date. Sent by POST, so that no name ends up in an address or a log."""

    patient = forms.CharField(
        label=_("Patient"), help_text=_("Name or record number."), max_length=100, required=False
    )
    patient_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    user = forms.ChoiceField(label=_("Person who acted"), required=False)
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, actor: Actor, organization: Organization, **kwargs: Any) -> None:
        self.organization = organization
        self.zone = ZoneInfo(organization.zone)
        today = clock.now().astimezone(self.zone).date()
        kwargs.setdefault("initial", {"since": today - timedelta(days=USUAL_DAYS), "until": today})
        super().__init__(*args, **kwargs)
        self.candidates: list[PatientName] = []
        members = Membership.objects.filter(organization_id=actor.organization_id).select_related("user")
        staff = members.exclude(roles__contained_by=[role.value for role in PATIENT_ROLES]).order_by(
            "user__name"
        )
        user_field = self.fields["user"]
        if isinstance(user_field, forms.ChoiceField):
            user_field.choices = [("", _("Anybody")), *((str(one.user_id), one.user.name) for one in staff)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", gettext("Choose a day on or after the first one."))
        elif since and until and (until - since).days > MAX_DAYS:
            self.add_error("until", gettext("Choose at most one year."))
        if not self.errors:
            values["patient_id"] = self._one_patient(values)
        return values

    def _one_patient(self, values: dict[str, Any]) -> Any:
        if values.get("patient_id"):
            return values["patient_id"]
        text = (values.get("patient") or "").strip()
        if not text:
            return None
        self.candidates = patients().found(self.organization.pk, text)
        if len(self.candidates) == 1:
            return self.candidates[0].id
        if not self.candidates:
            self.add_error("patient", gettext("No patient has this name or number. Check the spelling."))
        else:
            more = gettext("Several patients fit. Choose one below.")
            too_many = gettext("Many patients fit. Give the record number, or the full name.")
            self.add_error("patient", too_many if len(self.candidates) >= MAX_FOUND else more)
        return None

    def wanted(self) -> AuditFilter:
        """Return what to look for; the days are those of the organization's zone."""
        values = self.cleaned_data
        day_after = values["until"] + timedelta(days=1)
        return AuditFilter(
            since=datetime.combine(values["since"], time(), self.zone),
            until=datetime.combine(day_after, time(), self.zone),
            patient_id=values["patient_id"],
            user_id=values["user"] or None,
        )
