"""Write and approve protocols; start one for a case, tick its steps off, finish or leave it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.alerts.access import may_approve_rules, may_triage, may_write_rules
from hearthline.monitoring.alerts.models import Case
from hearthline.monitoring.alerts.services import cases
from hearthline.monitoring.protocols.definitions import read_definition, shipped
from hearthline.monitoring.protocols.errors import ProtocolRefusedError
from hearthline.monitoring.protocols.models import DoneStep, Protocol, ProtocolRun


def write_protocol(*, actor: Actor, content: Mapping[str, Any], reason: str) -> Protocol:
    """Write a draft: the next version of a protocol.

    Raises:
        ProtocolError: the content is no protocol.
        ProtocolRefusedError: no reason was given, or the actor's role may not.
    """
    if not may_write_rules(actor):
        raise ProtocolRefusedError("not_allowed")
    if not reason.strip():
        raise ProtocolRefusedError("no_reason")
    definition = read_definition(content)
    versions = Protocol.objects.filter(organization_id=actor.organization_id, code=definition.code)
    made = Protocol.objects.create(
        organization_id=actor.organization_id,
        code=definition.code,
        version=(versions.aggregate(last=Max("version"))["last"] or 0) + 1,
        content=dict(content),
        reason=reason.strip(),
        written_by_id=actor.user_id,
    )
    record(actor, "protocol.written", made, reason=reason)
    return made


def adopt_shipped(*, actor: Actor) -> int:
    """Write a draft of each shipped protocol that the clinic has no version of; return how many.

    Raises:
        ProtocolRefusedError: the actor's role may not.
    """
    known = set(Protocol.objects.values_list("code", flat=True))
    new = [one for one in shipped() if one["code"] not in known]
    for one in new:
        write_protocol(actor=actor, content=one, reason=_("Shipped as a starting point"))
    return len(new)


def approve_protocol(*, actor: Actor, protocol: Protocol) -> None:
    """Put a draft in use; the version before retires. Runs that began with it go on.

    Raises:
        ProtocolRefusedError: not a prescriber, or no draft any more.
    """
    if not may_approve_rules(actor):
        raise ProtocolRefusedError("not_a_prescriber")
    locked = Protocol.objects.select_for_update(of=("self",)).get(pk=protocol.pk)
    if locked.state != Protocol.State.DRAFT:
        raise ProtocolRefusedError("not_a_draft")
    now = clock.now()
    active = Protocol.objects.filter(code=locked.code, state=Protocol.State.ACTIVE)
    active.update(state=Protocol.State.RETIRED, retired_at=now)
    locked.state, locked.approved_at, locked.approved_by_id = Protocol.State.ACTIVE, now, actor.user_id
    locked.save(update_fields=["state", "approved_at", "approved_by"])
    record(actor, "protocol.approved", locked)


def retire_protocol(*, actor: Actor, protocol: Protocol, reason: str) -> None:
    """Take a protocol out of use; runs that began with it go on.

    Raises:
        ProtocolRefusedError: no reason, not in use, or the actor's role may not.
    """
    if not may_write_rules(actor):
        raise ProtocolRefusedError("not_allowed")
    if not reason.strip():
        raise ProtocolRefusedError("no_reason")
    active = Protocol.objects.filter(pk=protocol.pk, state=Protocol.State.ACTIVE)
    if not active.update(state=Protocol.State.RETIRED, retired_at=clock.now()):
        raise ProtocolRefusedError("not_active")
    record(actor, "protocol.retired", protocol, reason=reason)


def start(*, actor: Actor, case: Case, protocol: Protocol) -> ProtocolRun:
    """Start a protocol for a case, and take the case.

    Raises:
        ProtocolRefusedError: the version is not in use, another one runs, or the case is closed.
        AlertRefusedError: somebody else has the case.
    """
    if protocol.state != Protocol.State.ACTIVE:
        raise ProtocolRefusedError("not_active")
    cases.claim(actor=actor, case=case)
    try:
        with transaction.atomic():
            run = ProtocolRun.objects.create(
                organization_id=actor.organization_id,
                case=case,
                protocol=protocol,
                started_by_id=_user_of(actor),
            )
    except IntegrityError:
        raise ProtocolRefusedError("running") from None
    record(actor, "protocol.started", run, patient_id=case.monitored.patient_id, reason=protocol.code)
    return run


def tick(*, actor: Actor, run: ProtocolRun, step: str) -> None:
    """Note that a step was done; again changes nothing. The last one finishes the protocol.

    Raises:
        ProtocolRefusedError: it is over, has no such step, or the actor's role may not.
    """
    locked = _running(actor, run)
    codes = {one.code for one in locked.protocol.definition.steps}
    if step not in codes:
        raise ProtocolRefusedError("no_step")
    _done, is_new = DoneStep.objects.get_or_create(
        organization_id=actor.organization_id, run=locked, step=step, defaults={"done_by_id": _user_of(actor)}
    )
    if not is_new:
        return
    record(actor, "protocol.step_done", locked, patient_id=locked.case.monitored.patient_id, reason=step)
    if locked.done_steps.count() == len(codes):
        _end(actor, locked, ProtocolRun.Ending.FINISHED)


def leave(*, actor: Actor, run: ProtocolRun, reason: str) -> None:
    """Leave a protocol before its end.

    Raises:
        ProtocolRefusedError: no reason, it is over, or the actor's role may not.
    """
    if not reason.strip():
        raise ProtocolRefusedError("no_reason")
    _end(actor, _running(actor, run), ProtocolRun.Ending.LEFT, reason.strip())


def check_none_runs(case: Case) -> None:
    """See that nothing is left half done before a case is closed.

    Raises:
        ProtocolRefusedError: a protocol runs.
    """
    if ProtocolRun.objects.filter(case=case, ended_at__isnull=True).exists():
        raise ProtocolRefusedError("running")


def _running(actor: Actor, run: ProtocolRun) -> ProtocolRun:
    if not may_triage(actor):
        raise ProtocolRefusedError("not_allowed")
    rows = ProtocolRun.objects.select_for_update(of=("self",)).select_related("protocol", "case__monitored")
    locked = rows.get(pk=run.pk)
    if locked.case.closed_at is not None:
        raise ProtocolRefusedError("closed")
    if locked.ended_at is not None:
        raise ProtocolRefusedError("over")
    return locked


def _end(actor: Actor, run: ProtocolRun, ending: ProtocolRun.Ending, reason: str = "") -> None:
    run.ended_at, run.ended_by_id, run.ending, run.reason = clock.now(), actor.user_id, ending, reason
    run.save(update_fields=["ended_at", "ended_by", "ending", "reason"])
    record(actor, f"protocol.{ending.value}", run, patient_id=run.case.monitored.patient_id)


def _user_of(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise ProtocolRefusedError("not_allowed")
    return actor.user_id
