"""Critical findings: told at once, recorded with six facts, acknowledged with a read-back, and chased until then."""

from datetime import datetime

from django.db import transaction

from hearthline.consults.access import may_answer_for_asker, may_coordinate
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.models import Consult, CriticalFinding
from hearthline.consults.rules.critical import missing_facts
from hearthline.consults.services.moving import record_case, signature, tell_asker, tell_coordinators
from hearthline.consults.services.reading import require_reader
from hearthline.foundation import clock
from hearthline.identity.actor import Actor


@transaction.atomic
def find_critical(
    actor: Actor, *, consult: Consult, finding: str, urgency: CriticalFinding.Urgency
) -> CriticalFinding:
    """Record a critical finding: asker and coordinators are told now, and again until somebody takes it in.

    Raises:
        CaseRefusedError: not the reader, or no words.
    """
    require_reader(actor, consult)
    if not finding.strip():
        raise CaseRefusedError("no_reason")
    made = CriticalFinding.objects.create(
        organization_id=consult.organization_id,
        consult=consult,
        urgency=urgency,
        finding=finding.strip(),
        identified_at=clock.now(),
        told_people=1,
        **signature(actor),
    )
    record_case(actor, "consult.critical_found", consult)
    tell_asker(consult)
    tell_coordinators(consult)
    return made


@transaction.atomic
def note_told(
    actor: Actor, *, finding: CriticalFinding, received_by: str, received_at: datetime, method: str
) -> CriticalFinding:
    """Record that the reader told somebody directly: whom, when and how. With what is there, all six facts.

    Raises:
        CaseRefusedError: not the reader, told already, or one of the six facts is missing or before the finding.
    """
    locked = CriticalFinding.objects.select_for_update().get(pk=finding.pk)
    require_reader(actor, locked.consult)
    if locked.received_at is not None:
        raise CaseRefusedError("already")
    facts = {
        "finding": locked.finding,
        "identified_at": locked.identified_at,
        "told_by": actor.name,
        "received_by": received_by.strip(),
        "received_at": received_at if locked.identified_at <= received_at <= clock.now() else None,
        "method": method,
    }
    if missing_facts(facts):
        raise CaseRefusedError("six_facts")
    for name in ("told_by", "received_by", "received_at", "method"):
        setattr(locked, name, facts[name])
    locked.save(update_fields=["told_by", "received_by", "received_at", "method"])
    record_case(actor, "consult.critical_told", locked.consult)
    return locked


@transaction.atomic
def acknowledge(actor: Actor, *, finding: CriticalFinding, read_back: str) -> CriticalFinding:
    """Take a critical finding in, with a read-back in one's own words; from then on nobody is chased.

    Raises:
        CaseRefusedError: not the asker's side, no read-back, or acknowledged already.
    """
    locked = CriticalFinding.objects.select_for_update().get(pk=finding.pk)
    consult = locked.consult
    if not (may_answer_for_asker(actor, consult) or may_coordinate(actor, consult)):
        raise CaseRefusedError("not_yours")
    if locked.acknowledged_by_id is not None:
        raise CaseRefusedError("already")
    if not read_back.strip():
        raise CaseRefusedError("read_back")
    locked.read_back, locked.acknowledged_by_id = read_back.strip(), actor.user_id
    if locked.received_at is None:
        locked.told_by, locked.received_by = locked.by_name, actor.name
        locked.received_at, locked.method = clock.now(), CriticalFinding.Method.SCREEN
    locked.save()
    record_case(actor, "consult.critical_acknowledged", consult)
    return locked
