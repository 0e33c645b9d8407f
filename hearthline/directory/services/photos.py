"""Photos of practitioners: by which patients know the face before the visit."""

from io import BytesIO

from django.db import transaction

from hearthline.audit.services import record
from hearthline.directory.models import Practitioner
from hearthline.foundation import blobs
from hearthline.foundation.blobs import Readable
from hearthline.foundation.uploads import JPEG, receive_image
from hearthline.identity.actor import Actor

PHOTO_SIDE_PIXELS = 192  # twice the largest circle it is shown in; some 6 KB, which a weak network carries


@transaction.atomic
def set_photo(*, actor: Actor, practitioner: Practitioner, picture: Readable) -> None:
    """Keep a small clean copy of a picture as the practitioner's photo; the picture itself is not kept.

    Raises:
        UploadRefusedError: too large, not a JPEG, PNG or WebP picture, or damaged.
    """
    small = receive_image(picture, thumbnail_side=PHOTO_SIDE_PIXELS).thumbnail
    kept = blobs.store(practitioner.organization_id, BytesIO(small), JPEG)
    practitioner.photo_digest = kept.sha256
    practitioner.save(update_fields=["photo_digest"])
    record(actor, "practitioner_photo.set", practitioner)


@transaction.atomic
def remove_photo(*, actor: Actor, practitioner: Practitioner) -> None:
    """Show initials again. The nightly sweep removes the file, since no row names it any more."""
    practitioner.photo_digest = ""
    practitioner.save(update_fields=["photo_digest"])
    record(actor, "practitioner_photo.removed", practitioner)
