"""Forms of claims."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.billing.models import CODE_LENGTH, REASON_LENGTH


class ClaimForm(forms.Form):
    """Which offer is claimed; the page fills it in."""

    code = forms.CharField(max_length=CODE_LENGTH)
    first = forms.DateField(input_formats=["%Y-%m-%d"])
    last = forms.DateField(input_formats=["%Y-%m-%d"])


class WithdrawForm(forms.Form):
    """Why a claim is taken back."""

    reason = forms.CharField(label=_("Why is it withdrawn?"), max_length=REASON_LENGTH)


class MonthForm(forms.Form):
    """Which month's claims are exported."""

    month = forms.DateField(
        label=_("Month"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )
