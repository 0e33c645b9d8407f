"""The forms in which a file's content is kept."""

from io import BytesIO

from hearthline.foundation import blobs
from hearthline.foundation.blobs import BlobRef
from hearthline.imaging.intake.choices import Form
from hearthline.imaging.intake.models import File, Rendition


def add_rendition(file: File, *, form: Form, kept: BlobRef) -> Rendition:
    """Note that a file's content is kept in one more form (``kept`` from ``store_content``).

    What is made from a file may be made again: the form that is there already stays.
    """
    rendition, _ = Rendition.objects.get_or_create(
        organization_id=file.organization_id,
        file=file,
        form=form,
        defaults={"sha256": kept.sha256, "size_bytes": kept.size, "content_type": kept.content_type},
    )
    return rendition


def store_content(file: File, content: bytes, content_type: str) -> BlobRef:
    """Keep bytes made from a file in the store of the organization that owns it."""
    return blobs.store(file.organization_id, BytesIO(content), content_type)
