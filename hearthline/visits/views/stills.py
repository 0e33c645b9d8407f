"""Stills of an examination camera: the panel in the room, keeping one, showing and removing it. Guests too."""

from collections.abc import Callable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.foundation.uploads import serve_as
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, public, signed_in
from hearthline.imaging.intake import services as intake
from hearthline.imaging.intake.choices import BodySite, Form, Laterality
from hearthline.visits.access import get_visit_for, may_conduct, participant_for
from hearthline.visits.choices import ExaminationDevice, ParticipantRole
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.forms import StillForm
from hearthline.visits.models import Still, Visit
from hearthline.visits.services import stills
from hearthline.visits.views.guest import guest_of_request

SHOWN_FORMS = {Form.THUMBNAIL, Form.PREVIEW, Form.SANITIZED}
Removing = Callable[[UUID], str]


@require_http_methods(["GET", "POST"])
@signed_in
def panel(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """The panel of the examination camera, and a still that is to be kept."""

    def removing(still_id: UUID) -> str:
        return reverse("visits:remove_still", args=[visit_id, still_id])

    return _answer(request, request.actor, visit_id, removing)


@require_http_methods(["GET", "POST"])
@public
def guest_panel(request: HttpRequest, organization_slug: str, visit_id: UUID) -> HttpResponse:
    """The same for a guest: an attendant of the hub who holds the camera."""

    def removing(still_id: UUID) -> str:
        return reverse("visits:remove_guest_still", args=[organization_slug, visit_id, still_id])

    return _answer(request, _guest(request), visit_id, removing)


def _guest(request: HttpRequest) -> Actor:
    actor = guest_of_request(request)
    if actor is None:
        raise Http404
    return actor


def _answer(request: HttpRequest, actor: Actor, visit_id: UUID, removing: Removing) -> HttpResponse:
    visit = get_visit_for(actor, visit_id)
    if request.method == "POST":
        return _keep(request, actor, visit)
    participant = participant_for(actor, visit)
    mine = Still.objects.filter(participant=participant, removed_at__isnull=True).select_related("file")
    language = request.LANGUAGE_CODE or visit.patient.page_language
    context = {
        "visit": visit,
        "form": StillForm(),
        "consent": stills.consent_of(visit),
        "text": stills.consent_text_of(visit, language),
        "may_agree": stills.may_agree(actor, visit),
        "is_spoken": participant.role == ParticipantRole.CLINICIAN,
        "lines": [(one, removing(one.pk)) for one in mine],
    }
    return _fresh(render(request, "visits/_examination.html", context))


def _keep(request: HttpRequest, actor: Actor, visit: Visit) -> HttpResponse:
    """Keep a still, after the agreement that was given with it; refused, neither is kept."""
    form = StillForm(request.POST, request.FILES)
    try:
        with transaction.atomic():
            kept = _kept(request, actor, visit, form)
    except PermissionDenied:
        return JsonResponse({"detail": VisitRefusedError("photo_consent").words}, status=409)
    except VisitRefusedError as refused:
        return JsonResponse({"detail": refused.words}, status=409)
    return _fresh(JsonResponse({"id": str(kept.pk)}, status=201))


def _kept(request: HttpRequest, actor: Actor, visit: Visit, form: StillForm) -> Still:
    if not form.is_valid():
        raise VisitRefusedError("still_place")
    if request.POST.get("agree") == "yes":
        _agree(request, actor, visit)
    said = form.cleaned_data
    told = stills.Told(
        device=ExaminationDevice(said["device"]),
        body_site=BodySite(said["body_site"]),
        laterality=Laterality(said["laterality"]),
        is_sensitive=said["is_sensitive"],
    )
    return stills.keep_still(
        actor=actor,
        visit=visit,
        participant=participant_for(actor, visit),
        stream=said["picture"],
        told=told,
        key=said["key"],
        wished_by=said["wished_by"],
    )


def _agree(request: HttpRequest, actor: Actor, visit: Visit) -> None:
    text = stills.consent_text_of(visit, request.LANGUAGE_CODE or visit.patient.page_language)
    if text is None:
        raise VisitRefusedError("photo_consent")
    stills.agree(actor=actor, visit=visit, text=text)


def _fresh(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
@signed_in
def picture(request: HearthlineRequest, visit_id: UUID, still_id: UUID, form: str) -> StreamingHttpResponse:
    """Show a proved still to a clinician of the visit, or to whoever took it."""
    visit = get_visit_for(request.actor, visit_id)
    still = get_object_or_404(
        Still.objects.select_related("file"), pk=still_id, visit=visit, removed_at__isnull=True
    )
    is_theirs = still.participant_id == participant_for(request.actor, visit).pk
    if form not in SHOWN_FORMS or not (is_theirs or may_conduct(request.actor, visit)):
        raise Http404
    opened = intake.open_rendition(request.actor, file=still.file, form=Form(form))
    headers = serve_as(opened.rendition.content_type, "still")
    length = str(opened.rendition.size_bytes)
    return StreamingHttpResponse(opened.blob.stream(), headers={**headers, "Content-Length": length})


@require_POST
@signed_in
def remove(request: HearthlineRequest, visit_id: UUID, still_id: UUID) -> HttpResponse:
    """Take a still back."""
    return _remove(request, request.actor, visit_id, still_id)


@require_POST
@public
def remove_as_guest(
    request: HttpRequest, organization_slug: str, visit_id: UUID, still_id: UUID
) -> HttpResponse:
    """Take a still back that this guest took."""
    return _remove(request, _guest(request), visit_id, still_id)


def _remove(request: HttpRequest, actor: Actor, visit_id: UUID, still_id: UUID) -> HttpResponse:
    visit = get_visit_for(actor, visit_id)
    still = get_object_or_404(Still.objects.select_related("visit"), pk=still_id, visit=visit)
    try:
        stills.remove_still(actor=actor, still=still, participant=participant_for(actor, visit))
    except VisitRefusedError as refused:
        return JsonResponse({"detail": refused.words}, status=409)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({})
    return redirect("visits:clinician_room" if visit.is_open else "visits:wrap_up", visit.pk)
