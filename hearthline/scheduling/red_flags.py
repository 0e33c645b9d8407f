"""The questions of the red-flag screen. Every booking begins with the general ones; a service may add its own."""

from django.utils.translation import gettext as _

from hearthline.scheduling.models import Service
from hearthline.scheduling.models.services import choose_text
from hearthline.scheduling.rules.urgency import RedFlag, Urgency

GENERAL_VERSION = "general-1"
MAXIMUM_SERVICE_FLAGS = 12
MAXIMUM_TEXT_LENGTH = 200


def list_general_flags() -> list[RedFlag]:
    """The questions that every booking asks, in the language of the page."""
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
