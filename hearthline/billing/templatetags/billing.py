"""Words of claims for templates."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.billing.rules import Missing

register = template.Library()
WORDS: dict[Missing, str | Promise] = {
    Missing.ORDER: _("an order by a practitioner"),
    Missing.CONSENT: _("consent on or before these days"),
    Missing.ESTABLISHED: _("the patient was seen here before"),
    Missing.MEDICAL_DEVICE: _("a medical device that sends by itself"),
    Missing.SET_UP: _("the set-up"),
    Missing.DEVICE_DAYS: _("days with values from the device"),
    Missing.MINUTES: _("minutes of care in these months"),
    Missing.LIVE_CONTACT: _("a conversation by voice or video in the month"),
    Missing.STILL_RUNNING: _("the end of these days"),
    Missing.OTHER_PRACTITIONER: _("nobody else claiming for these days"),
}


@register.filter
def missing_words(reason: Missing) -> str:
    """Say what is missing."""
    return str(WORDS[reason])
