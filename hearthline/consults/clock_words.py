"""The clock of a case as a sentence."""

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hearthline.consults.models import Consult
from hearthline.consults.rules.states import ANSWERED, OVER, Status
from hearthline.design.formats import when
from hearthline.foundation import clock


@dataclass(frozen=True)
class ClockWords:
    """A sentence, and the kind of the tag that shows it."""

    text: str
    kind: str


def clock_of(consult: Consult, zone: str) -> ClockWords:
    """Return when the answer is due, that it is late, that the clock stands still, or when it came."""
    language = get_language() or "en"

    def at(moment: object) -> str:
        return when(moment, zone, language)  # type: ignore[arg-type]

    if consult.status in ANSWERED and consult.answered_at is not None:
        return ClockWords(_("Answered %(when)s") % {"when": at(consult.answered_at)}, "ok")
    if consult.status in OVER or consult.status == Status.DRAFT or consult.due_at is None:
        return ClockWords(str(Consult.State(consult.status).label), "")
    if consult.paused_at is not None:
        return ClockWords(
            _("Paused since %(when)s: waiting for more") % {"when": at(consult.paused_at)}, "info"
        )
    if consult.due_at < clock.now():
        return ClockWords(_("Late: the answer was due %(when)s") % {"when": at(consult.due_at)}, "watch")
    return ClockWords(_("Answer due %(when)s") % {"when": at(consult.due_at)}, "")
