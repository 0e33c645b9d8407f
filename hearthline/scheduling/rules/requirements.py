"""What a visit cannot be held without for this patient, as plain values."""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """Somebody or something that has to be there."""

    INTERPRETER = "interpreter", _("Interpreter")
    SIGN_LANGUAGE = "sign_language", _("Sign-language interpreter")
    CAPTIONS = "captions", _("Live captions")
    RELAY = "relay", _("Telephone relay service")


class Way(TextChoices):
    """How a requirement is met otherwise than by an interpreter who comes into the call."""

    CLINICIAN = "clinician", _("The clinician speaks or signs it")
    ON_SITE = "on_site", _("An interpreter sits beside the patient or the clinician")
    CAPTIONER = "captioner", _("Somebody writes along and comes by a link")
    TYPED = "typed", _("We type what we say")
    RELAYED = "relayed", _("The call goes through the relay service")


INTERPRETED = frozenset({Kind.INTERPRETER, Kind.SIGN_LANGUAGE})
WAYS: dict[Kind, tuple[Way, ...]] = {
    Kind.INTERPRETER: (Way.CLINICIAN, Way.ON_SITE),
    Kind.SIGN_LANGUAGE: (Way.CLINICIAN, Way.ON_SITE),
    Kind.CAPTIONS: (Way.TYPED, Way.CAPTIONER),
    Kind.RELAY: (Way.RELAYED, Way.TYPED),
}
# Of what helps a patient, these keep a visit from being held; the rest makes it better.
OF_ACCESS_NEED = {"captions": Kind.CAPTIONS, "relay": Kind.RELAY}


@dataclass(frozen=True)
class Wish:
    """What is asked for. ``language`` belongs to interpreters; gender and name are preferences and may be empty."""

    kind: Kind
    language: str = ""
    gender: str = ""
    name: str = ""


def wishes_of(*, interpreters: list[Wish], access_needs: set[str]) -> dict[Kind, Wish]:
    """Return what has to be there, once for each kind."""
    wishes = {wish.kind: wish for wish in interpreters}
    for need in sorted(access_needs & OF_ACCESS_NEED.keys()):
        kind = OF_ACCESS_NEED[need]
        wishes[kind] = Wish(kind)
    return wishes


def is_way_of(kind: str, way: str) -> bool:
    """Whether a requirement of this kind can be met that way."""
    return way in WAYS[Kind(kind)]
