"""A file's content goes out: what is checked, in a form fit to show, written to the audit."""

from dataclasses import dataclass

from django.http import Http404

from hearthline.audit.services import record
from hearthline.foundation.blobs import Blob, open_blob
from hearthline.identity.actor import Actor
from hearthline.imaging.intake.choices import Form, State
from hearthline.imaging.intake.models import File, Rendition


@dataclass(frozen=True)
class Opened:
    """A form of a file, ready to be streamed."""

    rendition: Rendition
    blob: Blob


def open_rendition(actor: Actor, *, file: File, form: Form, reason: str = "") -> Opened:
    """Open a form of a file that the actor reached by ``access.get_file_for``; looking is written to the audit.

    Nothing of a file in quarantine, or of one that was refused, is ever opened.

    Raises:
        Http404: the file is not accepted, or is not kept in this form.
    """
    rendition = Rendition.objects.filter(
        organization_id=file.organization_id, file_id=file.pk, form=form
    ).first()
    if file.state != State.ACCEPTED or rendition is None:
        raise Http404
    record(actor, "file.read", file, patient_id=file.patient_id, reason=reason, fields=[form])
    return Opened(rendition, open_blob(file.organization_id, rendition.sha256))
