"""Photos for a case: asked for by its reader, taken in a guided set, and there by themselves once they are checked."""

from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from hearthline.consults.models import Consult, Message, WantedPhoto
from hearthline.consults.rules.states import ANSWERED, Status
from hearthline.consults.services.attaching import attach_received
from hearthline.consults.services.moving import lock, record_case, signature
from hearthline.consults.services.reading import give_more, reopen_for_arrival, write
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.imaging.intake.models import Capture, File

TURNED_DOWN = (Status.DECLINED, Status.WITHDRAWN)


@transaction.atomic
def link_photos(
    actor: Actor, *, consult: Consult, capture: Capture, wanted: WantedPhoto | None = None
) -> WantedPhoto:
    """Note that a set of photos is taken for a case, perhaps for what its reader asked; what it holds comes at once."""
    if wanted is not None:
        wanted.capture = capture
        wanted.save(update_fields=["capture"])
    else:
        wanted, _is_new = WantedPhoto.objects.get_or_create(
            organization_id=consult.organization_id,
            consult=consult,
            capture=capture,
            defaults=signature(actor),
        )
    record_case(actor, "consult.photos_begun", consult)
    for file in capture.files.all():
        attach_received(actor, consult=consult, file=file)
    return wanted


@transaction.atomic
def take_arrived(actor: Actor, *, file: File) -> None:
    """Bring a checked file to the cases for whose sake its set was taken.

    A case that waits for this photo runs on; an answered one is read again.
    """
    links = WantedPhoto.objects.filter(capture=file.capture, capture__isnull=False)
    for wanted in links.select_related("consult"):
        consult = lock(wanted.consult)
        sender = replace(
            actor, user_id=file.uploader_id, name=file.uploader.name if file.uploader else actor.name
        )
        known = consult.attachments.count()
        if consult.status in TURNED_DOWN or attach_received(sender, consult=consult, file=file) is None:
            continue
        if consult.status == Status.WAITING and _fits(wanted, file):
            give_more(sender, consult=consult, text=gettext("The photo that was asked for is here."))
        elif consult.status in ANSWERED and consult.attachments.count() > known:
            reopen_for_arrival(actor, consult=consult)


def _fits(wanted: WantedPhoto, file: File) -> bool:
    return wanted.is_request and wanted.met_at is None and wanted.view in ("", file.view)


@transaction.atomic
def take_words(actor: Actor, *, capture: Capture) -> None:
    """Bring what somebody wrote about a set of photos to the cases it was taken for."""
    if not capture.words.strip():
        return
    sender = replace(actor, user_id=capture.opened_by_id, name=capture.opened_by.name)
    for wanted in WantedPhoto.objects.filter(capture=capture).select_related("consult"):
        if wanted.consult.status not in TURNED_DOWN:
            write(sender, wanted.consult, Message.Kind.REPLY, capture.words)


def open_request(consult: Consult) -> WantedPhoto | None:
    """Return the photo that the case waits for, if any."""
    if consult.status != Status.WAITING:
        return None
    return consult.wanted_photos.filter(is_request=True, met_at__isnull=True).select_related("capture").last()


def request_for(patient_id: UUID) -> WantedPhoto | None:
    """Return the photo that a case of a patient has waited for the longest, and for which no set takes photos yet."""
    waiting = WantedPhoto.objects.filter(
        consult__patient_id=patient_id, consult__status=Status.WAITING, is_request=True, met_at__isnull=True
    )
    return next(
        (one for one in waiting.select_related("consult", "capture")[:20] if not is_being_taken(one)), None
    )


def is_being_taken(wanted: WantedPhoto) -> bool:
    """Whether a set for it was begun and still takes photos."""
    return wanted.capture is not None and wanted.capture.closes_at > clock.now()
