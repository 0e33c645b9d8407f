"""Who needs an interpreter today and tomorrow, who was asked, who accepted: the reads of the staff's page."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import Requirement
from hearthline.scheduling.rules.requirements import INTERPRETED
from hearthline.scheduling.wording import requirement_words
from hearthline.tenancy.models import Organization
from hearthline.visits import rules
from hearthline.visits.access import visits_for
from hearthline.visits.choices import InterpreterChannel, InterpreterState
from hearthline.visits.models import InterpreterBooking, Visit

DAYS_SHOWN = 2
ROWS_MOST = 100
KNOWN_MOST = 500


@dataclass(frozen=True)
class Preset:
    """Whom the one press asks: as the last time for this language."""

    channel: str = InterpreterChannel.LINK.value
    agency: str = ""
    telephone: str = ""


@dataclass(frozen=True)
class InterpretedRow:
    """One visit that needs an interpreter, the requests so far, and whom to ask next."""

    visit: Visit
    requirement: Requirement
    words: str
    bookings: list[InterpreterBooking]
    preset: Preset

    @property
    def accepted(self) -> InterpreterBooking | None:
        """The interpreter who comes, if one has accepted."""
        return next((one for one in self.bookings if one.state == InterpreterState.ACCEPTED), None)

    @property
    def is_open(self) -> bool:
        """Whether nobody has accepted, and staff arranged nothing else."""
        return self.accepted is None and not self.requirement.way


def interpreters_for(actor: Actor) -> list[InterpretedRow]:
    """Return the visits of today and tomorrow (in the clinic's zone) that need an interpreter, soonest first."""
    zone = ZoneInfo(Organization.objects.values_list("zone", flat=True).get(pk=actor.organization_id))
    start = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = Requirement.objects.filter(kind__in=sorted(INTERPRETED))
    visits = (
        visits_for(actor)
        .filter(starts_at__gte=start, starts_at__lt=start + timedelta(days=DAYS_SHOWN))
        .filter(state__in=rules.OPEN_STATES, appointment__requirements__in=asked)
        .select_related("patient", "practitioner")
        .prefetch_related(
            Prefetch("interpreter_bookings", InterpreterBooking.objects.all(), to_attr="asked"),
            Prefetch("appointment__requirements", asked),
        )
        .distinct()
        .order_by("starts_at")[:ROWS_MOST]
    )
    presets = _presets()
    return [
        InterpretedRow(
            visit=visit,
            requirement=row,
            words=requirement_words(row),
            bookings=[one for one in getattr(visit, "asked", []) if one.kind == row.kind],
            preset=presets.get(row.language, Preset()),
        )
        for visit in visits
        for row in visit.appointment.requirements.all()
    ]


def _presets() -> dict[str, Preset]:
    """Return whom the clinic asked last, by language."""
    newest = InterpreterBooking.objects.order_by("-requested_at")[:KNOWN_MOST]
    return {one.language: Preset(one.channel, one.agency, one.telephone) for one in reversed(newest)}
