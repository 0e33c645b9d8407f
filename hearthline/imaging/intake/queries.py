"""Reads for the photo pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from hearthline.foundation.ids import new_id
from hearthline.imaging.intake.choices import PICTURES, Form, State, View
from hearthline.imaging.intake.coach import Wanted, views_for
from hearthline.imaging.intake.models import Capture, File, Rendition, Upload
from hearthline.imaging.intake.rules import SMALL_SUFFIX
from hearthline.imaging.intake.services.uploads import PURPOSE_SMALL

FILES_SHOWN = 60


@dataclass(frozen=True)
class Slot:
    """One wanted view and what was sent for it, newest first. ``key`` is of the next photo sent by its form."""

    wanted: Wanted
    files: Sequence[File]
    key: str = field(default_factory=lambda: str(new_id()))

    @property
    def is_filled(self) -> bool:
        """Whether something sound came for this view."""
        return any(file.state != State.REFUSED for file in self.files)


def files_of(capture: Capture) -> QuerySet[File]:
    """Return a set's files, newest first. A small copy sent ahead gives way to its original."""
    ahead = Upload.objects.filter(file=OuterRef("pk"), purpose=PURPOSE_SMALL)
    files = File.objects.filter(capture=capture).annotate(
        is_small=Exists(ahead),
        has_thumbnail=Exists(Rendition.objects.filter(file=OuterRef("pk"), form=Form.THUMBNAIL)),
    )
    arrived = Upload.objects.filter(capture=capture, file__state=State.ACCEPTED).exclude(
        purpose=PURPOSE_SMALL
    )
    replaced = [f"{key}{SMALL_SUFFIX}" for key in arrived.values_list("key", flat=True)]
    return files.exclude(upload__key__in=replaced).order_by("-created_at", "-id")


def photos_of(files: QuerySet[File]) -> QuerySet[File]:
    """Return the checked pictures among files, the newest first."""
    shown = files.filter(state=State.ACCEPTED, kind__in=PICTURES)
    thumbnails = Rendition.objects.filter(file=OuterRef("pk"), form=Form.THUMBNAIL)
    return shown.annotate(has_thumbnail=Exists(thumbnails)).order_by("-created_at", "-id")


def slots_of(capture: Capture) -> list[Slot]:
    """Return the wanted views with what was sent for each."""
    files = list(files_of(capture)[:FILES_SHOWN])
    return [
        Slot(wanted, [file for file in files if file.view == wanted.view])
        for wanted in views_for(capture.body_site)
    ]


def others_of(capture: Capture) -> list[File]:
    """Return what was sent for no view that is wanted: taken without network, or come by another door."""
    wanted = [one.view for one in views_for(capture.body_site)]
    return list(files_of(capture).exclude(view__in=wanted)[:FILES_SHOWN])


def missing_views(capture: Capture) -> list[View]:
    """Return the wanted views for which nothing sound has come."""
    return [slot.wanted.view for slot in slots_of(capture) if not slot.is_filled]
