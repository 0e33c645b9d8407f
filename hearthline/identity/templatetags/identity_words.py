"""Words for how a stay ended."""

from django import template
from django.utils.translation import gettext as _

from hearthline.identity.models import SignIn

register = template.Library()


@register.filter
def ended_because(stay: SignIn) -> str:
    """Return why a stay ended, in words."""
    words = {
        SignIn.End.SIGNED_OUT.value: _("signed out"),
        SignIn.End.IDLE.value: _("nobody used it for a while"),
        SignIn.End.TOO_LONG.value: _("the day was over"),
        SignIn.End.REVOKED.value: _("signed out from another device or by the clinic"),
        SignIn.End.PASSWORD_CHANGED.value: _("the password was changed"),
    }
    return words.get(stay.end, "")
