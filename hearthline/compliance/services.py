"""Open, end and review emergency access."""

from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.compliance import access, queries, rules
from hearthline.compliance.events import BreakGlassOpened, BreakGlassReviewed
from hearthline.compliance.models import BreakGlass
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.identity.freshness import ensure_fresh_mfa


@transaction.atomic
def open_break_glass(actor: Actor, *, patient_id: UUID, cause: str, reason: str) -> BreakGlass:
    """Open a patient's record to the actor for an hour; an access that is running already is returned.

    The privacy officers are told, the patient sees it, and somebody else reviews it.

    Raises:
        PermissionDenied: the actor's role has no use for emergency access.
        NotFreshError: no second factor within the last five minutes.
        ValidationError: no known cause, or no reason in words.
    """
    if not access.may_open_break_glass(actor) or actor.user_id is None:
        raise PermissionDenied
    ensure_fresh_mfa(actor)
    if cause not in BreakGlass.Cause.values:
        raise ValidationError({"cause": _("Choose why you need this record.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Say in your own words why you need this record.")})
    running = queries.break_glass_until(actor, patient_id)
    if running is not None:
        return running
    now = clock.now()
    opening = BreakGlass.objects.create(
        organization_id=actor.organization_id,
        user_id=actor.user_id,
        user_name=actor.name,
        patient_id=patient_id,
        cause=cause,
        reason=reason.strip(),
        created_at=now,
        expires_at=now + rules.BREAK_GLASS_PERIOD,
    )
    record(actor, "break_glass.opened", opening, patient_id=patient_id, reason=cause)
    publish(
        BreakGlassOpened(
            organization_id=actor.organization_id,
            break_glass_id=opening.pk,
            patient_id=patient_id,
            user_id=actor.user_id,
        )
    )
    return opening


@transaction.atomic
def end_break_glass(actor: Actor, *, opening_id: UUID) -> None:
    """End the actor's own emergency access before its hour is over."""
    opening = queries.active_break_glass(actor).select_for_update().filter(pk=opening_id).first()
    if opening is None:
        return
    opening.ended_at = clock.now()
    opening.save(update_fields=["ended_at"])
    record(actor, "break_glass.ended", opening, patient_id=opening.patient_id)


@transaction.atomic
def review_break_glass(actor: Actor, *, opening_id: UUID, outcome: str, note: str = "") -> BreakGlass:
    """Close the review of an emergency access.

    Raises:
        Http404: there is no such opening for the actor.
        PermissionDenied: the actor opened it, or is no reviewer.
        ValidationError: it is reviewed already, the outcome is unknown, or a decision against it has no note.
    """
    access.get_opening_for(actor, opening_id)
    opening = BreakGlass.objects.select_for_update().get(pk=opening_id)
    if not access.may_review_break_glass(actor, opening):
        raise PermissionDenied
    if opening.reviewed_at is not None:
        raise ValidationError(_("This access has been reviewed already."))
    if outcome not in BreakGlass.Outcome.values:
        raise ValidationError({"outcome": _("Choose what you decided.")})
    if outcome != BreakGlass.Outcome.JUSTIFIED and not note.strip():
        raise ValidationError({"note": _("Say what was wrong or what happens next.")})
    opening.reviewer_id = actor.user_id
    opening.reviewed_at = clock.now()
    opening.outcome = outcome
    opening.review_note = note.strip()
    opening.save(update_fields=["reviewer", "reviewed_at", "outcome", "review_note"])
    record(actor, "break_glass.reviewed", opening, patient_id=opening.patient_id, reason=outcome)
    publish(
        BreakGlassReviewed(
            organization_id=actor.organization_id,
            break_glass_id=opening.pk,
            patient_id=opening.patient_id,
            user_id=opening.user_id,
        )
    )
    return opening
