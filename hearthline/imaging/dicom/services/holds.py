"""Decide about held studies: accept, move, refuse; and undo what was decided."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.events import InstancesStored
from hearthline.imaging.dicom.models import Hold, HoldDecision, Instance, Series, Study
from hearthline.imaging.dicom.services.filing import lock_studies
from hearthline.imaging.dicom.services.retract import recount

State = Hold.State
MOVES = {
    State.OPEN: frozenset({State.ACCEPTED, State.MOVED, State.REFUSED}),
    State.ACCEPTED: frozenset({State.OPEN}),
    State.MOVED: frozenset({State.OPEN}),
    State.REFUSED: frozenset({State.OPEN}),
}
STUDY_COLUMNS = (
    "patient_name",
    "patient_name_folded",
    "patient_identifier",
    "patient_identifier_index",
    "patient_birth_date",
    "patient_sex",
    "study_date",
    "study_time",
    "study_identifier",
    "accession_number",
    "referring_physician",
    "description",
    "identity_index",
)
SERIES_COLUMNS = (
    "modality",
    "number",
    "description",
    "body_part",
    "laterality",
    "performed_date",
    "performed_time",
)


class RefusedDecisionError(ValueError):
    """It cannot be decided so now; the message says why, for a person."""


def accept(actor: Actor, *, hold: Hold, reason: str) -> Study:
    """Show the images as the expected patient's although the header differs.

    Raises:
        RefusedDecisionError: somebody has decided already, or nobody was expected.
    """
    if hold.expected_patient is None:
        raise RefusedDecisionError(_("Nobody was expected: choose the patient whose images these are."))
    return _give(actor, hold, State.ACCEPTED, hold.expected_patient, reason)


def move(actor: Actor, *, hold: Hold, patient: Patient, reason: str) -> Study:
    """Show the images as another patient's, whom the actor may reach.

    Raises:
        RefusedDecisionError: somebody has decided already.
    """
    return _give(actor, hold, State.MOVED, patient, reason)


@transaction.atomic
def refuse(actor: Actor, *, hold: Hold, reason: str) -> None:
    """Show the images to nobody; their originals stay until retention ends.

    Raises:
        RefusedDecisionError: somebody has decided already.
    """
    step(actor, hold, State.REFUSED, None, reason)


@transaction.atomic
def undo(actor: Actor, *, hold: Hold, reason: str) -> None:
    """Take a decision back: the images are held again, and the patient's page no longer shows them.

    Raises:
        RefusedDecisionError: nothing was decided.
    """
    before = hold.patient
    lock_studies(actor.organization_id, [hold.study.study_uid])
    step(actor, hold, State.OPEN, None, reason)
    if before is None:
        return
    arrived = Instance.objects.filter(held_study=hold.study).exclude(series__study=hold.study)
    move_instances(list(arrived.select_related("series__study")), hold.study)


@transaction.atomic
def _give(actor: Actor, hold: Hold, state: Hold.State, patient: Patient, reason: str) -> Study:
    lock_studies(actor.organization_id, [hold.study.study_uid])
    step(actor, hold, state, patient, reason)
    target = _study_of(hold.study, patient)
    moved = list(Instance.objects.filter(series__study=hold.study).select_related("series__study"))
    move_instances(moved, target)
    publish(
        InstancesStored(
            organization_id=target.organization_id,
            study_id=target.pk,
            patient_id=patient.pk,
            instance_count=len(moved),
        )
    )
    return target


def step(actor: Actor, hold: Hold, to: Hold.State, patient: Patient | None, reason: str) -> None:
    """Write down a decision and put the hold into its new state.

    Raises:
        RefusedDecisionError: the state does not allow it.
        PermissionDenied: no person decides.
    """
    if actor.user_id is None:  # a machine decides nothing
        raise PermissionDenied
    locked = Hold.objects.select_for_update().get(pk=hold.pk)
    before = State(locked.state)
    if to not in MOVES[before]:
        raise RefusedDecisionError(
            _("Somebody has decided about these images already. Look at the page again.")
        )
    HoldDecision.objects.create(
        organization_id=actor.organization_id,
        hold=locked,
        from_state=before,
        to_state=to,
        patient=patient or locked.patient,
        reason=reason,
        decided_by_id=actor.user_id,
    )
    concerned = patient or locked.patient
    locked.state, locked.patient = to, patient
    locked.save(update_fields=["state", "patient"])
    hold.refresh_from_db()
    record(
        actor,
        f"imaging_hold.{to.value}",
        locked,
        patient_id=concerned.pk if concerned else None,
        reason=reason,
    )


def _study_of(held: Study, patient: Patient) -> Study:
    """Return the patient's study with the held one's UID, made when it is not there."""
    found, _is_new = Study.objects.get_or_create(
        organization_id=held.organization_id,
        study_uid=held.study_uid,
        patient=patient,
        defaults={name: getattr(held, name) for name in STUDY_COLUMNS},
    )
    return found


def move_instances(instances: list[Instance], target: Study) -> None:
    """Put instances under another study row, in a series of the same UID there; count both anew."""
    left = {instance.series.study_id: instance.series.study for instance in instances}
    for instance in instances:
        series, _is_new = Series.objects.get_or_create(
            organization_id=target.organization_id,
            study=target,
            series_uid=instance.series.series_uid,
            defaults={name: getattr(instance.series, name) for name in SERIES_COLUMNS},
        )
        Instance.objects.filter(pk=instance.pk).update(series=series)
    for study in (*left.values(), target):
        recount(study)
