"""Reactions to what happens with cases: notices to people, and the first reader in an answering organization."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from hearthline.charting.results.events import ResultFiled
from hearthline.consults.access import may_fill
from hearthline.consults.addresses import own_page_of
from hearthline.consults.dicom_report import file_answer
from hearthline.consults.events import CaseGranted, CaseHasNewsForPatient, CaseNeedsPerson, OpinionSigned
from hearthline.consults.models import Attachment, Consult, DeskPerson, WantedPhoto
from hearthline.consults.result_copies import is_outdated
from hearthline.consults.rules.states import OVER, Status
from hearthline.consults.services.answering import new_images_of
from hearthline.consults.services.assigning import assign_by_itself
from hearthline.consults.services.moving import tell_asker
from hearthline.consults.services.photographing import take_arrived, take_words
from hearthline.consults.services.reading import reopen_for_arrival
from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PATIENT_ROLES, Role
from hearthline.imaging.dicom.events import InstancesStored
from hearthline.imaging.intake.events import CaptureSent, FileAccepted
from hearthline.imaging.intake.models import Capture, File
from hearthline.imaging.intake.onward import Way, leads_on
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


@subscriber(FileAccepted)
def bring_photo(event: FileAccepted) -> None:
    """Bring a photo to the case for whose sake it was taken."""
    if event.capture_id is not None:
        file = File.objects.select_related("uploader").get(pk=event.file_id)
        take_arrived(Actor.system(event.organization_id, "photos"), file=file)


@subscriber(CaptureSent)
def bring_words(event: CaptureSent) -> None:
    """Bring what was written about photos to the case they were taken for."""
    capture = Capture.objects.select_related("opened_by").get(pk=event.capture_id)
    take_words(Actor.system(event.organization_id, "photos"), capture=capture)


@subscriber(InstancesStored)
def read_again(event: InstancesStored) -> None:
    """Have answered cases read again when further images of a study of theirs have come."""
    actor = Actor.system(event.organization_id, "images")
    for given in Attachment.objects.filter(study_id=event.study_id).select_related("consult"):
        if new_images_of(given):
            reopen_for_arrival(actor, consult=given.consult)


@subscriber(ResultFiled)
def tell_of_newer_result(event: ResultFiled) -> None:
    """Have askers look when the laboratory sends a newer version of a result that they gave with a case."""
    given = Attachment.objects.filter(report_id=event.report_id).exclude(consult__status__in=OVER)
    for one in given.select_related("consult", "report"):
        if is_outdated(one):
            tell_asker(one.consult)


@leads_on
def lead_to_case(actor: Actor, capture: Capture) -> list[Way]:
    """Lead from sent photos to the case they were taken for; else let a question begin with them."""
    links = WantedPhoto.objects.filter(capture=capture).select_related("consult")
    found = [own_page_of(actor, one.consult) for one in links if may_fill(actor, one.consult)]
    if found:
        return [(gettext("Go on with your question"), address) for address in found]
    if actor.has_role(*PATIENT_ROLES):
        return [
            (gettext("Ask a specialist about them"), f"{reverse('consults:own_cases')}?photos={capture.pk}")
        ]
    if actor.is_clinician:
        start = reverse("consults:choose", args=[capture.patient_id])
        return [(gettext("Ask a specialist about them"), f"{start}?photos={capture.pk}")]
    return []


@subscriber(OpinionSigned)
def put_answer_beside_images(event: OpinionSigned) -> None:
    """Put a signed answer into the study of the images that its signature names."""
    file_answer(event.organization_id, event.opinion_id)
