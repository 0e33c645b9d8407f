"""The safety of a patient in a visit: where they are, whom to call, and which steps were taken by whom and when."""

from dataclasses import dataclass

from django.utils.functional import Promise

from hearthline.audit import services as audit
from hearthline.directory.places import jurisdiction_name
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.scheduling.services.drafts import emergency_number_at
from hearthline.tenancy.models import Organization
from hearthline.visits.access import may_conduct
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.events import PatientLostAtRisk
from hearthline.visits.models import Join, SafetyStep, Visit
from hearthline.visits.safety import WHO, WORDS, Step, is_at_risk, protocol_on
from hearthline.visits.services.record import PATIENT_SIDE


@dataclass(frozen=True)
class Line:
    """One step of the protocol: what, who, and when it was last taken by whom."""

    step: Step
    words: str | Promise
    who: str | Promise
    last: SafetyStep | None


@dataclass(frozen=True)
class Emergency:
    """What somebody needs at hand who helps a patient in danger; read anew at each look."""

    place: str
    jurisdiction: str
    number: str
    is_at_risk: bool
    lines: list[Line]
    lost: SafetyStep | None
    source: str


def emergency_of(visit: Visit) -> Emergency:
    """Return where the patient said they are, the emergency number there, and the protocol with what was done."""
    organization = Organization.objects.get(pk=visit.organization_id)
    protocol = protocol_on(clock.now().date())
    taken = {Step(one.step): one for one in visit.safety_steps.all()}
    return Emergency(
        place=visit.place,
        jurisdiction=jurisdiction_name(visit.jurisdiction) if visit.jurisdiction else "",
        number=emergency_number_at(organization, visit.jurisdiction or organization.jurisdiction),
        is_at_risk=_is_at_risk(visit),
        lines=[Line(step, WORDS[step], WHO[who], taken.get(step)) for step, who in protocol.steps],
        lost=taken.get(Step.LOST),
        source=protocol.source,
    )


def _is_at_risk(visit: Visit) -> bool:
    return is_at_risk(Step(one.step) for one in visit.safety_steps.all())


def take_step(*, actor: Actor, visit: Visit, step: Step) -> None:
    """Write down that a step was taken.

    Raises:
        VisitRefusedError: the visit is not the actor's, or nobody takes that step by hand.
    """
    if not may_conduct(actor, visit) or step is Step.LOST:
        raise VisitRefusedError("not_allowed")
    _keep(visit, step, actor)
    audit.record(actor, f"visit.safety_{step.value}", visit, patient_id=visit.patient_id)


def _keep(visit: Visit, step: Step, actor: Actor) -> None:
    SafetyStep.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        step=step,
        done_by_user_id=actor.user_id,
        done_by=actor.name if actor.kind != "system" else "",
        protocol_from=protocol_on(clock.now().date()).valid_from,
    )


def note_loss(join: Join) -> None:
    """Write down that the line to a patient at risk was lost, and have it told; others' lines are no matter here."""
    visit = join.visit
    if join.participant.role not in PATIENT_SIDE or not _is_at_risk(visit):
        return
    actor = Actor.system(visit.organization_id, "safety")
    _keep(visit, Step.LOST, actor)
    audit.record(actor, "visit.safety_lost", visit, patient_id=visit.patient_id)
    publish(
        PatientLostAtRisk(
            organization_id=visit.organization_id,
            visit_id=visit.pk,
            patient_id=visit.patient_id,
            lost_at=clock.now(),
        )
    )
