"""A visit that would fail by video is held by telephone instead: the same visit, encounter and time."""

from hearthline.audit import services as audit
from hearthline.foundation import changes
from hearthline.identity.actor import Actor
from hearthline.scheduling.services.appointments import change_to_telephone
from hearthline.visits.choices import Modality, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Visit
from hearthline.visits.services.messages import LIST_TOPIC
from hearthline.visits.services.room import lock_visit


def convert_to_telephone(*, actor: Actor, visit: Visit) -> None:
    """Plan an open visit and its appointment by telephone, as agreed with the patient, who is told how.

    Asking again changes nothing.

    Raises:
        VisitRefusedError: the visit is over or goes on already (then its clinician calls from the room), or there is
            no number to call.
    """
    visit = lock_visit(visit)
    if not visit.is_open or visit.state == VisitState.IN_PROGRESS:
        raise VisitRefusedError("closed")
    if not (visit.call_back_number or visit.patient.telephone):
        raise VisitRefusedError("no_number")
    if visit.planned_modality == Modality.PHONE:
        return
    visit.planned_modality = Modality.PHONE
    visit.save(update_fields=["planned_modality"])
    if visit.appointment is not None:
        change_to_telephone(actor, appointment=visit.appointment)
    audit.record(actor, "visit.converted_to_telephone", visit, patient_id=visit.patient_id)
    changes.announce(visit.organization_id, LIST_TOPIC)
