"""Making a claim on frozen evidence, withdrawing it, and what has changed since."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.billing import access
from hearthline.billing.evidence import clinic_zone, digest_of, document_of, evidence_of, readings_of
from hearthline.billing.models import Claim
from hearthline.billing.rulebook import Rulebook, rulebook_on
from hearthline.billing.rules import Evidence, Offer, Span, offers
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.episodes.models import Episode

PAYER = "medicare"


@dataclass(frozen=True)
class Key:
    """Which offer is claimed."""

    code: str
    first: date
    last: date


@transaction.atomic
def make_claim(actor: Actor, *, episode: Episode, key: Key) -> Claim:
    """Claim a code for a span, on the evidence of this moment, which is frozen with it.

    Raises:
        PermissionDenied: the actor makes no claims for this person.
        ValidationError: something is missing, it is claimed already, or it is not offered (any more).
    """
    row = access.billed_episodes_for(actor).select_for_update(of=("self",)).filter(pk=episode.pk).first()
    if row is None:
        raise PermissionDenied
    evidence = evidence_of([row])[row.pk]
    offer = find_offer(row, evidence, key)
    if offer is None or not offer.is_ready:
        raise ValidationError(_("This cannot be claimed now. Look at what is missing."))
    book = rulebook_on(offer.span.last, PAYER)
    document = document_of(row, evidence, offer, {"name": book.name, "source": book.source})
    claim = Claim(
        organization_id=row.organization_id,
        episode=row,
        patient_id=row.monitored.patient_id,
        practitioner_id=row.practitioner_id,
        payer=PAYER,
        group=group_of(offer.code, book),
        code=offer.code,
        units=offer.units,
        first_on=offer.span.first,
        last_on=offer.span.last,
        evidence=document,
        digest=digest_of(document),
        claimed_by_id=actor.user_id,
    )
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError as overlap:
        raise ValidationError(_("This, or a part of these days, is claimed already.")) from overlap
    record(actor, "claim.made", claim, patient_id=claim.patient_id, reason=offer.code)
    return claim


def group_of(code: str, book: Rulebook) -> Claim.Group:
    """Return the group of a code: two claims of one group never share a day."""
    groups = {
        book.set_up_code: Claim.Group.SET_UP,
        book.further_code: Claim.Group.FURTHER,
        book.review_code: Claim.Group.REVIEW,
        **{supply.code: Claim.Group.DEVICE for supply in book.supplies},
        **{first.code: Claim.Group.MANAGEMENT for first in book.first_minutes},
    }
    return groups[code]


def find_offer(row: Episode, evidence: Evidence, key: Key) -> Offer | None:
    """Return the offer that a key names, as the evidence stands."""
    for offer in offers_of(row, evidence):
        if (offer.code, offer.span) == (key.code, Span(key.first, key.last)):
            return offer
    return None


def offers_of(row: Episode, evidence: Evidence) -> list[Offer]:
    """Return what the evidence of an episode earns today."""
    zone = clinic_zone(row.organization_id)
    return offers(evidence, today=today_in(zone), zone=zone, payer=PAYER)


def today_in(zone: ZoneInfo) -> date:
    """Return the local day of a zone."""
    return clock.now().astimezone(zone).date()


@transaction.atomic
def withdraw_claim(actor: Actor, *, claim: Claim, reason: str) -> None:
    """Take a claim back; its evidence stays. Again changes nothing.

    Raises:
        PermissionDenied: the actor makes no claims for this person.
    """
    if not access.billed_episodes_for(actor).filter(pk=claim.episode_id).exists():
        raise PermissionDenied
    locked = Claim.objects.select_for_update().get(pk=claim.pk)
    if locked.withdrawn_at is not None:
        return
    locked.withdrawn_at, locked.withdrawn_reason = clock.now(), reason
    locked.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    record(actor, "claim.withdrawn", locked, patient_id=locked.patient_id)


@dataclass(frozen=True)
class Difference:
    """What is otherwise than when the claim was made."""

    is_untouched: bool  # the frozen evidence still has its digest
    added_days: tuple[str, ...]
    removed_days: tuple[str, ...]
    are_readings_changed: bool

    @property
    def is_any(self) -> bool:
        """Whether anything differs."""
        return bool(self.added_days or self.removed_days or self.are_readings_changed)


def difference_of(claim: Claim) -> Difference:
    """Compare a claim's frozen evidence with today's readings: late values may have come, others have gone."""
    frozen: dict[str, Any] = claim.evidence
    days, digest = readings_of(claim.episode, Span(claim.first_on, claim.last_on))
    then, now = {one["day"] for one in frozen["days"]}, {one.day.isoformat() for one in days}
    return Difference(
        is_untouched=digest_of(frozen) == claim.digest,
        added_days=tuple(sorted(now - then)),
        removed_days=tuple(sorted(then - now)),
        are_readings_changed=digest != frozen["readings_sha256"],
    )
