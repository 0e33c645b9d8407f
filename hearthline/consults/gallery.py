"""The objects of a case as its pages show them: photos, documents, studies under the case's root, results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from hearthline.consults.access import is_ours
from hearthline.consults.images import scope_of
from hearthline.consults.models import Attachment, Consult
from hearthline.consults.result_copies import ResultCopy, is_outdated, read_copy
from hearthline.consults.rules.manifest import SeenObject
from hearthline.consults.services.answering import new_images_of
from hearthline.consults.services.attaching import STUDY_TYPE, instances_of
from hearthline.foundation.blobs import BlobMissingError
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.access import get_patient_scope_for
from hearthline.imaging.dicom.models import Instance, Study
from hearthline.imaging.dicom.ohif import offered_at

MOST_SHOWN = 60


@dataclass(frozen=True)
class Photo:
    """A photo with the smallest form it has for lists."""

    attachment: Attachment
    has_thumbnail: bool


@dataclass(frozen=True)
class GivenStudy:
    """A study given with a case. ``new_count``: images after the last signature; ``page``, ``ohif``: its viewers."""

    attachment: Attachment
    study: Study
    count: int
    new_count: int
    page: str
    ohif: str


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
    given = scope_of(actor, consult)
    shown = {study.pk: study for study in given.studies()}
    root = given.root if actor.is_care_team else get_patient_scope_for(actor, consult.patient_id).root
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
            new_count = len(new_images_of(one)) if actor.is_care_team else 0
            page = _page_of(actor, consult, study)
            ohif = offered_at(actor, "consults:study_ohif", consult.pk, study.pk)
            studies.append(GivenStudy(one, study, instances_of(study).count(), new_count, page, ohif))
    return Gallery(photos, files, studies, results, root)


def _page_of(actor: Actor, consult: Consult, study: Study) -> str:
    """Return where a study is looked at: staff under the root of the case, patients in their own record."""
    if actor.is_care_team:
        return reverse("consults:study", args=[consult.pk, study.pk])
    return reverse("dicom:own_viewer", args=[consult.patient_id, study.pk])


def _copy(attachment: Attachment, zone: str) -> ResultCopy | None:
    try:
        return read_copy(attachment, zone)
    except BlobMissingError:
        return None


@dataclass(frozen=True)
class Named:
    """Objects of one kind that a signature will name, seen alike: a photo, or so many images of a study."""

    name: str
    quality: str
    count: int
    digest: str


def named_objects(consult: Consult, objects: Sequence[SeenObject]) -> list[Named]:
    """Return what a signature will name, by its name; images of a study that were seen alike stand together."""
    given = list(consult.attachments.all())
    names = {str(one.pk): one.label for one in given}
    titles = {one.study_id: one.title for one in given if one.study_id is not None}
    ids = [one.id for one in objects if one.id not in names]
    places = Instance.objects.filter(pk__in=ids).values_list("pk", "series__study_id")
    names |= {str(pk): titles.get(study_id, "") for pk, study_id in places}
    found: dict[tuple[str, str], list[SeenObject]] = {}
    for one in objects:
        key = one.id if one.content_type != STUDY_TYPE else names.get(one.id, "")
        found.setdefault((key, one.quality), []).append(one)
    return [
        Named(names.get(rows[0].id, ""), quality, len(rows), rows[0].sha256)
        for (_key, quality), rows in found.items()
    ]
