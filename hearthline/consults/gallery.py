"""The objects of a case as its pages show them: photos, documents, studies under the case's root, results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hearthline.consults.access import is_ours
from hearthline.consults.images import scope_of
from hearthline.consults.models import Attachment, Consult
from hearthline.consults.result_copies import ResultCopy, is_outdated, read_copy
from hearthline.consults.services.answering import new_images_of
from hearthline.consults.services.attaching import instances_of
from hearthline.foundation.blobs import BlobMissingError
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Study

MOST_SHOWN = 60


@dataclass(frozen=True)
class Photo:
    """A photo with the smallest form it has for lists."""

    attachment: Attachment
    has_thumbnail: bool


@dataclass(frozen=True)
class GivenStudy:
    """A study given with a case. ``new_count``: images that came after the last signature."""

    attachment: Attachment
    study: Study
    count: int
    new_count: int


@dataclass(frozen=True)
class Gallery:
    """What is given with a case, by kind. ``root`` is where its studies are."""

    photos: Sequence[Photo]
    files: Sequence[Attachment]
    studies: Sequence[GivenStudy]
    results: Sequence[ResultCopy]
    root: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return not (self.photos or self.files or self.studies or self.results)


def gallery_of(actor: Actor, consult: Consult, zone: str) -> Gallery:
    """Return the objects of a case that the actor reached by ``access``; studies only as far as they still exist."""
    scope = scope_of(actor, consult)
    shown = {study.pk: study for study in scope.studies()} if actor.is_care_team else {}
    photos, files, studies, results = [], [], [], []
    for one in consult.attachments.prefetch_related("forms")[:MOST_SHOWN]:
        if one.kind == Attachment.Kind.PHOTO:
            photos.append(Photo(one, any(form.form == "thumbnail" for form in one.forms.all())))
        elif one.kind == Attachment.Kind.RESULT:
            copy = _copy(one, zone)
            if copy is not None:
                results.append(replace(copy, is_outdated=is_ours(actor, consult) and is_outdated(one)))
        elif one.kind == Attachment.Kind.FILE:
            files.append(one)
        elif one.study_id in shown:
            study = shown[one.study_id]
            studies.append(GivenStudy(one, study, instances_of(study).count(), len(new_images_of(one))))
    return Gallery(photos, files, studies, results, scope.root)


def _copy(attachment: Attachment, zone: str) -> ResultCopy | None:
    try:
        return read_copy(attachment, zone)
    except BlobMissingError:
        return None
