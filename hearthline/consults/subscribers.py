"""Reactions to what happens with cases: notices to people, and the first reader in an answering organization."""

from django.conf import settings

from hearthline.consults.dicom_report import file_answer
from hearthline.consults.events import CaseGranted, CaseHasNewsForPatient, CaseNeedsPerson, OpinionSigned
from hearthline.consults.models import Consult, DeskPerson
from hearthline.consults.rules.states import Status
from hearthline.consults.services.assigning import assign_by_itself
from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging.models import StaffNotice
from hearthline.messaging.notices import tell_roles, tell_users
from hearthline.messaging.services import notify

KIND = StaffNotice.Kind.OTHER.value


@subscriber(CaseNeedsPerson)
def tell_person(event: CaseNeedsPerson) -> None:
    """Put a line in the list of who is meant; without a name in those of the desk's people, else of navigators."""
    about, path = ("consults.consult", event.consult_id), f"/consults/{event.consult_id}/"
    key = f"case:{event.event_id}"
    if event.user_id is not None:
        users = [event.user_id]
    else:
        specialty = Consult.objects.filter(pk=event.consult_id).values_list("specialty", flat=True).first()
        people = DeskPerson.objects.filter(organization_id=event.organization_id, desk__specialty=specialty)
        users = list(people.values_list("user_id", flat=True))
    if users:
        tell_users(
            organization_id=event.organization_id, user_ids=users, kind=KIND, about=about, path=path, key=key
        )
        return
    tell_roles(
        organization_id=event.organization_id,
        roles=[Role.NAVIGATOR],
        kind=KIND,
        about=about,
        path=path,
        key=key,
    )


@subscriber(CaseGranted)
def find_reader(event: CaseGranted) -> None:
    """Give a granted case to a reader of this organization, or have its coordinators look."""
    consult = Consult.objects.filter(pk=event.consult_id).first()
    if consult is None or consult.status != Status.ASKED:
        return  # the grant has ended meanwhile, or somebody was quicker
    if assign_by_itself(consult, event.organization_id).assignee_id is None:
        tell_person(
            CaseNeedsPerson(
                organization_id=event.organization_id, consult_id=event.consult_id, event_id=event.event_id
            )
        )


@subscriber(CaseHasNewsForPatient)
def tell_patient(event: CaseHasNewsForPatient) -> None:
    """Send who asked a message that there is something to read; not what it is."""
    notify(
        actor=Actor.system(event.organization_id, "consults"),
        patient_id=event.patient_id,
        template="summary.ready",
        context={"link": f"{settings.PUBLIC_URL}/care/consults/{event.consult_id}/"},
        about=("consults.consult", event.consult_id),
        key=f"consult:{event.event_id}",
    )


@subscriber(OpinionSigned)
def put_answer_beside_images(event: OpinionSigned) -> None:
    """Put a signed answer into the study of the images that its signature names."""
    file_answer(event.organization_id, event.opinion_id)
