"""The questions of the red-flag screen. Every booking begins with the general ones; a service may add its own."""

from django.conf import settings
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from hearthline.scheduling.models import Service
from hearthline.scheduling.models.services import choose_text
from hearthline.scheduling.rules.urgency import RedFlag, Urgency

GENERAL_VERSION = "general-1"
MAXIMUM_SERVICE_FLAGS = 12
MAXIMUM_TEXT_LENGTH = 200


def is_reviewed(language: str) -> bool:
    """Whether a qualified person has read the questions in this language (setting ``REVIEWED_RED_FLAG_LANGUAGES``)."""
    return language.split("-", maxsplit=1)[0] in settings.REVIEWED_RED_FLAG_LANGUAGES


def list_general_flags() -> list[RedFlag]:
    """The questions that every booking asks, in the language of the page.

    In production a translation that nobody qualified has read stands beside the English original, never alone.
    """
    flags = _read_general_flags()
    if is_reviewed(get_language() or "en") or not settings.IS_PRODUCTION:
        return flags
    with override("en"):
        originals = _read_general_flags()
    return [
        RedFlag(flag.code, flag.urgency, f"{flag.text} ({original.text})")
        for flag, original in zip(flags, originals, strict=True)
    ]


def _read_general_flags() -> list[RedFlag]:
    emergency = [
        ("chest_pain", _("Pain or pressure in the chest")),
        ("breathing", _("Trouble breathing, or lips turning blue")),
        ("stroke", _("A face that droops, a weak arm, or speech that is hard to understand")),
        ("bleeding", _("Bleeding that will not stop")),
        ("unconscious", _("Fainting, a seizure, or being hard to wake")),
        ("allergy", _("Swelling of the face or throat")),
        (
            "pregnancy",
            _("Pregnant or just gave birth, with heavy bleeding, a bad headache or trouble seeing"),
        ),
        ("baby", _("A baby under 3 months with a fever")),
    ]
    crisis = [("self_harm", _("Thoughts of ending your life or of hurting someone"))]
    return [RedFlag(code, Urgency.EMERGENCY, text) for code, text in emergency] + [
        RedFlag(code, Urgency.CRISIS, text) for code, text in crisis
    ]


def list_service_flags(service: Service) -> list[RedFlag]:
    """The service's own questions, in the language of the page."""
    return [
        RedFlag(flag["code"], Urgency(flag["urgency"]), choose_text(flag["text"]))
        for flag in service.red_flags
    ]
