"""Reads for the pages of claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hearthline.billing.evidence import clinic_zone, evidence_of
from hearthline.billing.models import Claim
from hearthline.billing.rulebook import rulebook_on
from hearthline.billing.rules import (
    Evidence,
    Forecast,
    Offer,
    Purpose,
    device_forecast,
    minutes_forecast,
    minutes_in,
    month_of,
    periods,
)
from hearthline.billing.services import PAYER, group_of, offers_of, today_in
from hearthline.monitoring.episodes.models import Episode


@dataclass(frozen=True)
class Standing:
    """One episode: what can be claimed, what is missing for the rest, what was claimed, the running spans."""

    episode: Episode
    ready: list[Offer]
    held: list[Offer]
    claims: list[Claim]
    device: Forecast | None
    minutes: Forecast


def standings(episodes: Sequence[Episode]) -> list[Standing]:
    """Return where some episodes of one organization stand, in few queries however many they are."""
    evidence = evidence_of(episodes)
    claims: dict[UUID, list[Claim]] = {}
    for claim in Claim.objects.filter(episode__in=episodes):
        claims.setdefault(claim.episode_id, []).append(claim)
    return [_standing(one, evidence[one.pk], claims.get(one.pk, [])) for one in episodes]


def _standing(episode: Episode, evidence: Evidence, claims: list[Claim]) -> Standing:
    zone = clinic_zone(episode.organization_id)
    today = today_in(zone)
    offers = [offer for offer in offers_of(episode, evidence) if not _is_claimed(offer, claims)]
    month = month_of(today)
    book = rulebook_on(today, PAYER)
    minutes = minutes_in(evidence, month, zone, Purpose.MANAGEMENT)
    return Standing(
        episode=episode,
        ready=[offer for offer in offers if offer.is_ready],
        held=[offer for offer in offers if not offer.is_ready],
        claims=claims,
        device=_device_forecast(evidence, today),
        minutes=minutes_forecast(minutes, month, today, book),
    )


def _device_forecast(evidence: Evidence, today: date) -> Forecast | None:
    start = evidence.episode.set_up_on
    if start is None or evidence.episode.ends_on is not None:
        return None
    book = rulebook_on(today, PAYER)
    running = [span for span in periods(start, today, days=book.period_days) if span.holds(today)]
    return device_forecast(evidence, running[0], today, book) if running else None


def _is_claimed(offer: Offer, claims: list[Claim]) -> bool:
    """Whether a day of the offer is claimed in the same group, or it is the set-up and that is claimed."""
    group = group_of(offer.code, rulebook_on(offer.span.last, PAYER))
    return any(
        claim.withdrawn_at is None
        and claim.group == group
        and (
            group == Claim.Group.SET_UP
            or (claim.first_on <= offer.span.last and offer.span.first <= claim.last_on)
        )
        for claim in claims
    )
