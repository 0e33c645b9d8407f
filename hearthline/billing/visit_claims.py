"""How the visits of a clinic are to be claimed: one line for each that was held, by every payer's rules."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.billing.access import BILLING_ROLES
from hearthline.billing.visit_rules import Lacking, VisitBook, VisitFacts, facts_of, visit_books
from hearthline.directory.access import Purpose, patients_for
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import Place
from hearthline.visits.choices import VisitState
from hearthline.visits.models import Visit
from hearthline.visits.services.record import time_by_share

WORDS: dict[Lacking, str | Promise] = {
    Lacking.TIME: _("The two were never in the visit together."),
    Lacking.PLACE: _("Nobody said where the patient was."),
    Lacking.HOME: _("Voice alone counts at home only."),
    Lacking.REASON: _("Nobody said why it was without video."),
    Lacking.REASON_ACCEPTED: _("The reason for voice alone does not count."),
    Lacking.TEXT: _("Writing alone is no visit for this payer."),
}


@dataclass(frozen=True)
class VisitLine:
    """One visit and what its claim says, by the rules of one payer."""

    visit: Visit
    book: VisitBook
    facts: VisitFacts

    @property
    def lacking(self) -> list[str | Promise]:
        """What is lacking, in words."""
        return [WORDS[one] for one in self.facts.lacking]


def billed_visits_for(actor: Actor) -> QuerySet[Visit]:
    """Return the visits that were held whose claims the actor may see, newest first."""
    if not actor.has_role(*BILLING_ROLES):
        return Visit.objects.none()
    return (
        Visit.objects.filter(
            organization_id=actor.organization_id,
            state=VisitState.ENDED,
            patient__in=patients_for(actor, Purpose.DEMOGRAPHICS),
        )
        .select_related("patient", "practitioner", "appointment")
        .order_by("-started_at", "-pk")
    )


def is_at_home(visit: Visit) -> bool | None:
    """Whether the patient was at home, as said when booking; None when that was not said."""
    place = visit.appointment.location_place if visit.appointment else ""
    return place == Place.HOME if place else None


def lines_of(visit: Visit, zone: ZoneInfo) -> list[VisitLine]:
    """Return what a claim of a visit says, for each payer whose rules cover its day."""
    day: date = (visit.started_at or visit.starts_at).astimezone(zone).date()
    shares, home = time_by_share(visit), is_at_home(visit)
    return [
        VisitLine(visit, book, facts_of(shares, is_at_home=home, book=book))
        for book in visit_books()
        if book.is_valid_on(day)
    ]
