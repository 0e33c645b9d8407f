"""The questions of the red-flag screen. Every booking begins with the general ones; a service may add its own.

Production asks only what a qualified person has signed off (``sign_offs``); a demo asks all and says what is unread.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import get_language, override

from hearthline.scheduling.models import Service
from hearthline.scheduling.models.services import choose_text
from hearthline.scheduling.rules.urgency import RedFlag, Urgency
from hearthline.scheduling.sign_offs import general_flags, signed_languages

MAXIMUM_SERVICE_FLAGS = 12
MAXIMUM_TEXT_LENGTH = 200


def _language() -> str:
    return (get_language() or "en").split("-", maxsplit=1)[0]


def is_signed_off() -> bool:
    """Whether a qualified person has signed off the general questions in the language of the page."""
    return _language() in signed_languages(settings.RED_FLAG_SIGN_OFFS)


def asked_language() -> str:
    """Return the language in which the general questions are asked on this page.

    Raises:
        ImproperlyConfigured: in production nobody has signed any of them off; such an installation does not start.
    """
    here = get_language() or "en"
    if not settings.IS_PRODUCTION:
        return here
    signed = signed_languages(settings.RED_FLAG_SIGN_OFFS)
    if not signed:
        message = "Nobody has signed off the red-flag questions: python -m hearthline sign_off_red_flags"
        raise ImproperlyConfigured(message)
    return here if _language() in signed else signed[0]


def list_general_flags() -> list[RedFlag]:
    """The questions that every booking asks: in the page's language, or in one that was signed off."""
    with override(asked_language()):
        return general_flags()


def list_service_flags(service: Service) -> list[RedFlag]:
    """The service's own questions, in the language of the page."""
    return [
        RedFlag(flag["code"], Urgency(flag["urgency"]), choose_text(flag["text"]))
        for flag in service.red_flags
    ]
