"""Reads for the pages of images."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hearthline.directory.models import Patient
from hearthline.identity.roles import Role
from hearthline.imaging.dicom import rules
from hearthline.imaging.dicom.models import Grant, Hold, Instance, Study
from hearthline.imaging.dicom.pictures import attributes_of
from hearthline.imaging.dicom.scopes import Scope

MOST_IMAGES = 600  # of one study in the viewer; more are scrolled to by series
MOST_PRIORS = 30
MODALITY_WORDS = {
    "CR": gettext_lazy("X-ray"),
    "DX": gettext_lazy("X-ray"),
    "CT": gettext_lazy("CT"),
    "MR": gettext_lazy("MRI"),
    "US": gettext_lazy("Ultrasound"),
    "XC": gettext_lazy("Photograph"),
    "DMS": gettext_lazy("Dermoscopy"),
    "MG": gettext_lazy("Mammogram"),
    "ECG": gettext_lazy("ECG"),
    "SR": gettext_lazy("Report"),
    "KO": gettext_lazy("Key images"),
}
SIMPLE = frozenset({"MONOCHROME1", "MONOCHROME2"})
# Tables and overlays are drawn by the server.
DRAWN_BY_SERVER = ("00283000", "00283010", "60003000", "52009229")


def open_holds(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    """Return the held studies that wait for a decision, the oldest first."""
    return holds.filter(state=Hold.State.OPEN).select_related("study", "expected_patient")


def studies_of(scope: Scope) -> QuerySet[Study]:
    """Return the studies of a root, the newest first."""
    return scope.studies().order_by("-study_date", "-study_time", "-id")


def shown_of(study: Study) -> QuerySet[Instance]:
    """Return the instances of a study that are shown."""
    return Instance.objects.filter(series__study=study, retracted_at__isnull=True)


def counts_of(study: Study) -> tuple[int, int]:
    """Return how many instances of a study are shown, and how many were taken back."""
    total = Instance.objects.filter(series__study=study).count()
    shown = shown_of(study).count()
    return shown, total - shown


def taken_back_of(patient: Patient) -> QuerySet[Study]:
    """Return the studies of a patient of which something was taken back."""
    back = Instance.objects.filter(series__study=OuterRef("pk"), retracted_at__isnull=False)
    return Study.objects.filter(Exists(back), patient=patient).order_by("-study_date", "-id")[:MOST_PRIORS]


def holder_of(grant: Grant) -> str:
    """Return who holds a grant, in words."""
    if grant.user is not None:
        return str(grant.user.name)
    if grant.gateway is not None:
        return str(grant.gateway.name)
    return str(_("Everybody with the role %(role)s") % {"role": Role(grant.role).label})


def name_of(study: Study) -> str:
    """Return what a study is, in words."""
    kinds = [str(MODALITY_WORDS.get(modality, modality)) for modality in study.modalities]
    return study.description or ", ".join(dict.fromkeys(kinds)) or _("Images")


def images_of(scope: Scope, study: Study) -> list[dict[str, Any]]:
    """Return what the viewer has to know of each image of a study, in order."""
    rows = (
        scope.instances()
        .filter(series__study=study, rows__isnull=False)
        .select_related("series__study")
        .order_by("series__number", "series_id", "number", "id")[:MOST_IMAGES]
    )
    return [image_facts(row, index, len(rows)) for index, row in enumerate(rows, start=1)]


def image_facts(instance: Instance, index: int, count: int) -> dict[str, Any]:
    """Return the facts by which the viewer draws one image itself, or has it drawn (``isPlain`` False)."""
    header = attributes_of(instance)
    series = instance.series
    spacing = rules.spacing_of(header)
    kind = rules.text(header, "00280004")
    samples = rules.whole_number(header, "00280002") or 1
    is_plain = (
        kind in SIMPLE
        and samples == 1
        and instance.bits_allocated in {8, 16}
        and not any(tag in header for tag in DRAWN_BY_SERVER)
    )
    return {
        "path": f"studies/{series.study.study_uid}/series/{series.series_uid}/instances/{instance.sop_uid}",
        "rows": instance.rows,
        "columns": instance.columns,
        "frames": instance.frame_count,
        "isPlain": is_plain,
        "bits": instance.bits_allocated,
        "stored": rules.whole_number(header, "00280101") or instance.bits_allocated,
        "isSigned": bool(rules.first(header, "00280103")),
        "isInverted": kind == "MONOCHROME1",
        "slope": _number(header, "00281053", 1.0) or 1.0,
        "intercept": _number(header, "00281052", 0.0),
        "windows": windows_of(header),
        "padding": rules.whole_number(header, "00280120"),
        "spacing": [spacing.row_mm, spacing.column_mm],
        "spacingWhere": spacing.where,
        "milliseconds": _number(header, "00181063", 0.0),
        "text": text_of(header, series.modality, index, count),
        "isConflicting": instance.is_conflicting,
    }


def windows_of(header: rules.Json) -> list[list[float]]:
    """Return the windows that the header offers, each centre and width."""
    centres = header.get("00281050", {}).get("Value") or []
    widths = header.get("00281051", {}).get("Value") or []
    pairs = zip(centres, widths, strict=False)
    return [[float(c), float(w)] for c, w in pairs if c is not None and w is not None and float(w) >= 1]


def text_of(header: rules.Json, modality: str, index: int, count: int) -> str:
    """Return what an image is, for those who hear the page: kind, part of the body, side, view, which of how many."""
    sides = {"L": _("left"), "R": _("right"), "B": _("both sides")}
    side = rules.text(header, "00200062") or rules.text(header, "00200060")
    parts: Sequence[str] = (
        str(MODALITY_WORDS.get(modality, modality)),
        rules.text(header, "00180015").lower(),
        sides.get(side, ""),
        rules.text(header, "00185101"),
        rules.text(header, "0008103E"),
        _("image %(index)d of %(count)d") % {"index": index, "count": count},
    )
    return ", ".join(part for part in parts if part)


def _number(header: rules.Json, tag: str, default: float) -> float:
    value = rules.first(header, tag)
    return float(value) if isinstance(value, int | float) else default
