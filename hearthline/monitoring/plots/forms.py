"""Forms of what a clinician sets for a plot."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.monitoring.plots.models import KILOGRAMS_MAX, KILOGRAMS_MIN, REASON_LENGTH


class DryWeightForm(forms.Form):
    """The weight without excess fluid, and why it is this."""

    kilograms = forms.DecimalField(
        label=_("Dry weight (kg)"),
        min_value=KILOGRAMS_MIN,
        max_value=KILOGRAMS_MAX,
        max_digits=4,
        decimal_places=1,
        help_text=_("The weight at which this person holds no excess fluid."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        help_text=_("For example: after diuresis in hospital, no oedema."),
    )
