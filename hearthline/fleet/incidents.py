"""What is done with technical faults: told by machines, taken, handed on and solved by technicians.

Whoever tells of a fault gives an opaque placement reference at most. Nothing here knows a person.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.fleet import incident_rules
from hearthline.fleet.incident_rules import NOBODYS, UNSOLVED, Cause, IncidentState, Solution
from hearthline.fleet.models import Incident, IncidentFault, IncidentStep
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role

REOPENED_WITHIN = timedelta(hours=24)  # the same fault at the same place so soon was not solved


class RefusedStepError(ValueError):
    """The incident cannot go there now; the message says why, for a person."""


@transaction.atomic
def report_fault(
    actor: Actor,
    *,
    cause: Cause,
    source_id: UUID,
    since: datetime,
    reference: UUID | None = None,
    affected: int = 1,
    detail: str = "",
) -> Incident:
    """Note a fault: in the incident it belongs to, else in a new one. The same fault told again changes nothing.

    ``detail``: codes and measured figures for the service desk; nothing that a person wrote.
    """
    known = IncidentFault.objects.filter(source_id=source_id, reference=reference).first()
    if known is not None:
        return known.incident  # type: ignore[no-any-return]
    incident = _solved_lately(cause, reference) or _gathering(actor, cause, since)
    IncidentFault.objects.create(
        organization_id=actor.organization_id,
        incident=incident,
        source_id=source_id,
        reference=reference,
        affected=affected,
        detail=detail,
        since=since,
    )
    return incident


def _solved_lately(cause: Cause, reference: UUID | None) -> Incident | None:
    """Open the incident again that was solved at this place a moment ago, if there is one."""
    if reference is None:
        return None
    lately = Incident.objects.select_for_update(of=("self",)).filter(
        cause=cause,
        state=IncidentState.SOLVED,
        solved_at__gt=clock.now() - REOPENED_WITHIN,
        faults__reference=reference,
    )
    found = lately.order_by("-solved_at").first()
    if found is not None:
        _move(found, IncidentState.REOPENED, None)
    return found


def _gathering(actor: Actor, cause: Cause, since: datetime) -> Incident:
    """Return the incident in which faults of this cause gather; the database lets only one be opened."""
    for _attempt in range(2):
        gathering = Incident.objects.select_for_update().filter(cause=cause, state=IncidentState.OPEN).first()
        if gathering is not None:
            return gathering
        try:
            with transaction.atomic():
                made = Incident.objects.create(
                    organization_id=actor.organization_id, cause=cause, opened_at=since
                )
        except IntegrityError as refused:
            if "incident_gathers_once" not in str(refused):
                raise
        else:
            record(actor, "incident.opened", made, fields=[cause.value])
            return made
    message = "an incident was opened and taken while this fault was told of"
    raise RuntimeError(message)


@transaction.atomic
def end_fault(actor: Actor, *, source_id: UUID) -> None:
    """Note that what told of a fault hears from it again; an incident that nobody took and that is over is solved."""
    ids = IncidentFault.objects.filter(source_id=source_id, ended_at=None).values_list(
        "incident_id", flat=True
    )
    for incident in Incident.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk"):
        incident.faults.filter(source_id=source_id, ended_at=None).update(ended_at=clock.now())
        if IncidentState(incident.state) in NOBODYS and not incident.faults.filter(ended_at=None).exists():
            incident.solution = Solution.BY_ITSELF
            _move(incident, IncidentState.SOLVED, None)
            record(actor, "incident.solved", incident)


@transaction.atomic
def take_step(
    actor: Actor, *, incident_id: UUID, to: IncidentState, comment: str = "", solution: str = ""
) -> Incident:
    """Take an incident, wait, solve it with what it was, give it back, or open it again.

    Raises:
        RefusedStepError: the step does not follow, or it is somebody else's.
        ValidationError: it is to be solved without saying what it was.
    """
    incident = _locked(incident_id)
    current = IncidentState(incident.state)
    if not incident_rules.may_move_incident(current, to):
        raise RefusedStepError(
            _("It is “%(now)s” now, and “%(wanted)s” does not follow. Look at the page again.")
            % {"now": current.label, "wanted": to.label}
        )
    _require_own(actor, incident)
    if to is IncidentState.SOLVED and solution not in Solution.values:
        raise ValidationError({"solution": _("Say what it was.")})
    if to is IncidentState.OPEN and Incident.objects.filter(cause=incident.cause, state=to).exists():
        raise RefusedStepError(
            _("Another one of this cause is open. Take that one as well, or hand this on.")
        )
    incident.solution = solution if to is IncidentState.SOLVED else ""
    _move(incident, to, actor.user_id, comment=comment)
    record(actor, f"incident.{to.value}", incident)
    return incident


@transaction.atomic
def hand_over(actor: Actor, *, incident_id: UUID, to_user_id: UUID, comment: str = "") -> Incident:
    """Give an incident to another technician.

    Raises:
        RefusedStepError: it is not the actor's, or nobody has taken it.
        ValidationError: the other one is no technician here.
    """
    incident = _locked(incident_id)
    if incident.owner_id is None or incident.state == IncidentState.SOLVED:
        raise RefusedStepError(_("Take it first."))
    _require_own(actor, incident)
    other = technicians().filter(user_id=to_user_id).first()
    if other is None or to_user_id == incident.owner_id:
        raise ValidationError({"to": _("Choose another technician of this organization.")})
    state = IncidentState(incident.state)
    incident.owner_id = to_user_id
    incident.save(update_fields=["owner"])
    _note(incident, state, state, actor.user_id, comment=comment, handed_to=to_user_id)
    record(actor, "incident.handed-over", incident)
    return incident


def technicians() -> QuerySet[Membership]:
    """Return who may own an incident in this organization, by name."""
    rows = Membership.objects.filter(is_active=True, roles__contains=[Role.TECHNICIAN.value])
    return rows.select_related("user").order_by("user__name", "id")


def _locked(incident_id: UUID) -> Incident:
    return Incident.objects.select_for_update(of=("self",)).select_related("owner").get(pk=incident_id)


def _require_own(actor: Actor, incident: Incident) -> None:
    if IncidentState(incident.state) in UNSOLVED and incident.owner_id not in {None, actor.user_id}:
        name = incident.owner.name if incident.owner else ""
        raise RefusedStepError(_("%(name)s has it. Ask for it to be handed over.") % {"name": name})


def _move(incident: Incident, to: IncidentState, by: UUID | None, *, comment: str = "") -> None:
    before = IncidentState(incident.state)
    incident.state = to
    incident.solved_at = clock.now() if to is IncidentState.SOLVED else None
    if to in NOBODYS:
        incident.owner_id, incident.solution = None, ""
    if to is IncidentState.TAKEN:
        incident.owner_id = by
    incident.save(update_fields=["state", "owner", "solution", "solved_at"])
    _note(incident, before, to, by, comment=comment)


def _note(
    incident: Incident,
    before: IncidentState,
    after: IncidentState,
    by: UUID | None,
    *,
    comment: str = "",
    handed_to: UUID | None = None,
) -> None:
    IncidentStep.objects.create(
        organization_id=incident.organization_id,
        incident=incident,
        from_state=before,
        to_state=after,
        done_by_id=by,
        handed_to_id=handed_to,
        comment=comment,
    )
