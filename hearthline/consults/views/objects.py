"""The objects of a case: photos, studies and results as pages; and what of the record can be given with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.charting.access import documents_for, records_for
from hearthline.charting.models import Document
from hearthline.charting.results.access import own_reports_for, reports_for
from hearthline.charting.results.models import Report
from hearthline.consults import access
from hearthline.consults.addresses import own_page_of
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.forms import WhyAgainForm
from hearthline.consults.images import get_case_scope_for
from hearthline.consults.models import Attachment, Consult
from hearthline.consults.models.objects import place_words
from hearthline.consults.result_copies import read_copy
from hearthline.consults.rules.states import ANSWERED
from hearthline.consults.services import attaching, reading
from hearthline.consults.views.cases import zone_of
from hearthline.directory.access import patients_for
from hearthline.foundation.blobs import BlobMissingError, open_blob
from hearthline.foundation.uploads import serve_as
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, clinical, public, signed_in
from hearthline.imaging.dicom.access import READER_ROLES
from hearthline.imaging.dicom.dicomweb.views import answer, caller_of, unknown
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.ohif import offered_at
from hearthline.imaging.dicom.queries import name_of
from hearthline.imaging.dicom.views.images import viewer_page
from hearthline.imaging.dicom.views.ohif import ohif_page
from hearthline.imaging.intake.access import files_for
from hearthline.imaging.intake.choices import Form, Kind, State
from hearthline.imaging.intake.models import File, Rendition

PAGE_SIZE = 12
SHOWN_FORMS = {Form.PREVIEW.value, Form.THUMBNAIL.value}
ORIGINAL = "original"


@dataclass(frozen=True)
class Shelf:
    """One kind of things of the record that can be given with a case."""

    code: str
    name: str | Promise
    empty: str | Promise
    for_patients: bool = True


SHELVES: Sequence[Shelf] = (
    Shelf("photos", gettext_lazy("Photos"), gettext_lazy("No photos yet")),
    Shelf("results", gettext_lazy("Laboratory results"), gettext_lazy("No results yet")),
    Shelf("studies", gettext_lazy("X-rays and other images"), gettext_lazy("No images yet")),
    Shelf("documents", gettext_lazy("Documents"), gettext_lazy("No documents yet"), for_patients=False),
)


def things_on(shelf: str, actor: Actor, consult: Consult) -> QuerySet[Any]:
    """Return what the actor may reach of the patient's record on a shelf, the newest first."""
    patient_id = consult.patient_id
    if shelf == "photos":
        files = files_for(actor).filter(patient=patient_id, state=State.ACCEPTED).exclude(kind=Kind.DICOM)
        thumbnails = Rendition.objects.filter(file=OuterRef("pk"), form=Form.THUMBNAIL)
        return files.annotate(has_thumbnail=Exists(thumbnails)).order_by("-created_at", "-id")
    if shelf == "results":
        reports = reports_for(actor) if actor.is_care_team else own_reports_for(actor)
        return reports.filter(patient=patient_id)
    if shelf == "studies":
        reached = (patients_for(actor) if actor.is_care_team else records_for(actor)).filter(pk=patient_id)
        shown = Study.objects.filter(patient__in=reached, instance_count__gt=0)
        return shown.order_by("-study_date", "-study_time", "-id")
    return documents_for(actor).filter(patient=patient_id).order_by("-created_at", "-id")


@require_http_methods(["GET", "POST"])
@signed_in
def add(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """Choose things of the record to give with a case; after the answer it is read again, and why is said."""
    actor = request.actor
    consult = access.get_consult_to_fill_for(actor, consult_id)
    shelves = [shelf for shelf in SHELVES if shelf.for_patients or actor.is_care_team]
    shelf = next((one for one in shelves if one.code == request.GET.get("what")), shelves[0])
    things = things_on(shelf.code, actor, consult)
    is_late = consult.status in ANSWERED
    form = WhyAgainForm(request.POST if request.method == "POST" else None, is_late=is_late)
    if form.is_bound and form.is_valid():
        chosen = things.filter(pk__in=_ids(request.POST.getlist("thing")))
        done = _add(request, consult, list(chosen[:PAGE_SIZE]), form)
        if done is not None:
            return done
    page = Paginator(things, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "audience": "staff" if actor.is_care_team else "patient",
        "consult": consult,
        "shelves": shelves,
        "shelf": shelf,
        "page_obj": page,
        "rows": [_row(consult, one) for one in page.object_list],
        "form": form,
        "back": own_page_of(actor, consult),
        "zone": zone_of(request),
        "is_late": is_late,
    }
    return render(request, "consults/add.html", context, status=422 if form.errors else 200)


def _add(
    request: HearthlineRequest, consult: Consult, things: list[Any], form: WhyAgainForm
) -> HttpResponse | None:
    if not things:
        form.add_error(None, _("Choose at least one."))
        return None
    added = attaching.attach_all(request.actor, consult=consult, objects=things)
    if added and consult.status in ANSWERED:
        try:
            reading.reopen_for_late(request.actor, consult=consult, text=form.cleaned_data["words"])
        except CaseRefusedError as refusal:
            form.add_error(None, refusal.words)
            return None
    words = ngettext("%(n)d added.", "%(n)d added.", added) % {"n": added}
    messages.success(request, words if added else _("That is part of it already."))
    return redirect(own_page_of(request.actor, consult))


def _ids(written: list[str]) -> list[UUID]:
    found = []
    for one in written[:PAGE_SIZE]:
        try:
            found.append(UUID(one))
        except ValueError:
            raise Http404 from None
    return found


@dataclass(frozen=True)
class ThingRow:
    """A thing of the record as the list shows it."""

    thing: Model
    name: str
    is_added: bool
    at: Any
    is_critical: bool = False


def _row(consult: Consult, thing: Any) -> ThingRow:
    has = consult.attachments.filter
    if isinstance(thing, File):
        name = place_words(thing) or thing.name or thing.get_kind_display()
        return ThingRow(thing, name, has(file=thing).exists(), thing.created_at)
    if isinstance(thing, Report):
        at = thing.collected_at or thing.issued_at
        return ThingRow(thing, thing.title, has(report=thing).exists(), at, thing.is_critical)
    if isinstance(thing, Study):
        return ThingRow(thing, name_of(thing), has(study=thing).exists(), thing.study_date)
    document: Document = thing
    return ThingRow(document, document.title, has(sha256=document.sha256).exists(), document.created_at)


def _reached(request: HearthlineRequest, consult_id: UUID, attachment_id: UUID, kind: str) -> Attachment:
    attachment = access.get_attachment_for(request.actor, consult_id, attachment_id)
    if attachment.kind != kind:
        raise Http404
    return attachment


@require_GET
@signed_in
def form(
    request: HearthlineRequest, consult_id: UUID, attachment_id: UUID, form: str
) -> HttpResponse | StreamingHttpResponse:
    """Send a smaller form of a photo of a case, to whoever may see the case now."""
    attachment = access.get_attachment_for(request.actor, consult_id, attachment_id)
    kept = attachment.forms.filter(form=form).first() if form in SHOWN_FORMS else None
    if kept is None:
        raise Http404
    try:
        blob = open_blob(attachment.organization_id, kept.sha256)
    except BlobMissingError:
        raise Http404 from None
    reading.note_opened(request.actor, attachment=attachment, quality=form)
    headers = {**serve_as(kept.content_type, attachment.title), "Content-Length": str(kept.size_bytes)}
    return StreamingHttpResponse(blob.stream(), headers=headers)


@require_GET
@signed_in
def photo(request: HearthlineRequest, consult_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Show one photo large: the preview first, full quality when it is asked for."""
    attachment = _reached(request, consult_id, attachment_id, Attachment.Kind.PHOTO)
    consult = attachment.consult
    photos = list(consult.attachments.filter(kind=Attachment.Kind.PHOTO))
    at = photos.index(attachment)
    has_preview = attachment.forms.filter(form=Form.PREVIEW).exists()
    context = {
        "audience": "staff" if request.actor.is_care_team else "patient",
        "consult": consult,
        "photo": attachment,
        "is_full": "full" in request.GET or not has_preview,
        "number": at + 1,
        "count": len(photos),
        "previous": photos[at - 1] if at else None,
        "next": photos[at + 1] if at + 1 < len(photos) else None,
        "back": own_page_of(request.actor, consult),
        "zone": zone_of(request),
    }
    return render(request, "consults/photo.html", context)


@require_GET
@signed_in
def result(request: HearthlineRequest, consult_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Show a laboratory result as it was given with the case: values as sent, flags, trends."""
    attachment = _reached(request, consult_id, attachment_id, Attachment.Kind.RESULT)
    try:
        shown = read_copy(attachment, zone_of(request))
    except BlobMissingError:
        raise Http404 from None
    reading.note_opened(request.actor, attachment=attachment, quality=ORIGINAL)
    context = {
        "audience": "staff" if request.actor.is_care_team else "patient",
        "consult": attachment.consult,
        "shown": shown,
        "back": own_page_of(request.actor, attachment.consult),
        "zone": zone_of(request),
    }
    return render(request, "consults/result.html", context)


@require_GET
@clinical()
def study(request: HearthlineRequest, consult_id: UUID, study_id: UUID) -> HttpResponse:
    """Show a study of a case in the viewer, under the root of the case."""
    scope = get_case_scope_for(request.actor, consult_id)
    frame = {
        "audience": "staff",
        "back": reverse("consults:case", args=[consult_id]),
        "back_words": _("Case"),
        "person": scope.consult.patient_name,
        "ohif": offered_at(request.actor, "consults:study_ohif", consult_id, study_id),
    }
    return viewer_page(request, scope, study_id, frame)


@require_GET
@clinical(*READER_ROLES)
def study_ohif(request: HearthlineRequest, consult_id: UUID, study_id: UUID) -> HttpResponseBase:
    """Open a study of a case in OHIF, under the root of the case."""
    return ohif_page(request, get_case_scope_for(request.actor, consult_id), study_id)


@public
@csrf_exempt
def images(request: HttpRequest, consult_id: UUID, resource: str = "") -> HttpResponseBase:
    """Answer DICOMweb under the root of a case."""
    caller = caller_of(request)
    if caller is None or caller.gateway is not None:
        return unknown()
    return answer(request, get_case_scope_for(caller.actor, consult_id), resource)
