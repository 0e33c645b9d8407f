"""Photo pages: agree, say where, take each view, send. All of it works without script; script adds the outbox."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory.access import may_decide_for, own_patient
from hearthline.directory.models import Patient
from hearthline.directory.models.consents import ConsentKind
from hearthline.directory.queries import consent_in_force, current_consent_text
from hearthline.directory.services import give_consent
from hearthline.foundation.uploads import serve_as
from hearthline.identity.policy import HearthlineRequest, public, requires
from hearthline.identity.roles import PATIENT_ROLES
from hearthline.identity.sessions import SHARED_DEVICE_KEY
from hearthline.imaging.intake import access, queries, services
from hearthline.imaging.intake.choices import SENSITIVE_SITES, Form, Source
from hearthline.imaging.intake.forms import PhotoForm, PlaceForm, WordsForm
from hearthline.imaging.intake.models import Capture
from hearthline.imaging.intake.onward import ways_on
from hearthline.imaging.intake.page_words import page_words
from hearthline.imaging.intake.rules import MAX_FILE_BYTES, MEGABYTE

SETS_SHOWN = 20
PHOTOS_SHOWN = 24
SENDERS = tuple(access.SENDERS)
SHOWN_FORMS = {Form.THUMBNAIL, Form.PREVIEW, Form.SANITIZED}


@require_GET
@requires(*PATIENT_ROLES)
def own(request: HearthlineRequest) -> HttpResponse:
    """Go to the photos of the person who is signed in."""
    patient = own_patient(request.actor)
    if patient is None:
        raise Http404
    return redirect("intake:sets", patient.pk)


@require_http_methods(["GET", "POST"])
@requires(*SENDERS)
def sets(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show a patient's sets of photos, and begin one: agree first, then say where on the body."""
    patient = access.get_patient_to_send_for(request.actor, patient_id)
    captures = access.captures_for(request.actor).filter(patient=patient)[:SETS_SHOWN]
    return begin_page(request, patient, captures=captures)


def begin_page(
    request: HearthlineRequest,
    patient: Patient,
    *,
    captures: Iterable[Capture] = (),
    place: Mapping[str, str] | None = None,
    site_id: UUID | None = None,
    began: Callable[[Capture], None] = lambda _capture: None,
) -> HttpResponse:
    """Begin a set of photos of a patient whom the caller may send for: agree first, then say where on the body.

    ``place`` is what was asked for already: ``body_site``, ``laterality`` and perhaps the ``view`` to lead to. A
    package above is told of the set by ``began``, in the same transaction.
    """
    if consent_in_force(patient, ConsentKind.PHOTOS) is None:
        return _ask_consent(request, patient)
    wanted = place or {}
    form = PlaceForm(request.POST if request.method == "POST" else None, place=wanted)
    if form.is_bound and form.is_valid():
        said = dict(form.cleaned_data)
        key = said.pop("key")
        try:
            made = services.open_capture(
                request.actor, patient=patient, place=services.Place(**said), key=key, site_id=site_id
            )
        except ValidationError as refused:
            for name, words in (refused.message_dict if hasattr(refused, "error_dict") else {}).items():
                form.add_error(name, words)
        else:
            began(made)
            where = reverse("intake:capture", args=[made.pk])
            return redirect(f"{where}#view-{wanted['view']}" if wanted.get("view") else where)
    context = {
        "patient": patient,
        "form": form,
        "captures": captures,
        "wanted": form.place_words,
        "sensitive_sites": ",".join(sorted(SENSITIVE_SITES)),
        **_frame(request),
    }
    return render(request, "intake/sets.html", context, status=422 if form.is_bound else 200)


def _ask_consent(request: HearthlineRequest, patient: Patient) -> HttpResponse:
    language = request.LANGUAGE_CODE or patient.page_language
    text = current_consent_text(patient.organization_id, ConsentKind.PHOTOS, language)
    may_agree = may_decide_for(request.actor, patient)
    if request.method == "POST" and text is not None and may_agree and request.POST.get("agree") == "yes":
        give_consent(actor=request.actor, patient=patient, text=text)
        return redirect(request.get_full_path())
    context = {"patient": patient, "text": text, "may_agree": may_agree, **_frame(request)}
    return render(request, "intake/consent.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@requires(*SENDERS)
def capture(request: HearthlineRequest, capture_id: UUID) -> HttpResponse:
    """Show which views are wanted and take one (a plain form; with script, the outbox sends)."""
    found = access.get_capture_to_fill_for(request.actor, capture_id)
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else None
    if form is not None and form.is_valid() and _receive(request, found, form):
        return redirect("intake:capture", found.pk)
    return _capture_page(request, found, form)


def _receive(request: HearthlineRequest, found: Capture, form: PhotoForm) -> bool:
    sent = form.cleaned_data["photo"]
    description = services.Description(
        name=sent.name or "", view=form.cleaned_data["view"], is_sent_anyway=False
    )
    try:
        services.receive_file(
            request.actor,
            patient=found.patient,
            stream=sent,
            source=Source.FORM,
            key=f"{request.actor.user_id}"[:27] + form.cleaned_data["key"][:36],
            capture=found,
            description=description,
        )
    except services.TooLargeError:
        words = _("The file is larger than %(limit)d MB. Choose a smaller one.")
        form.add_error("photo", words % {"limit": MAX_FILE_BYTES // MEGABYTE})
    except services.QuotaError:
        form.add_error("photo", _("So many files wait to be checked that no more fits. Try again later."))
    return not form.errors


def _capture_page(
    request: HearthlineRequest, found: Capture, form: PhotoForm | None, words: WordsForm | None = None
) -> HttpResponse:
    actor = request.actor
    may_see = access.captures_for(actor).filter(pk=found.pk).exists()
    bad = (form is not None and bool(form.errors)) or (words is not None and bool(words.errors))
    context = {
        "capture": found,
        "patient": found.patient,
        "may_see": may_see,
        "may_export": may_see and actor.is_clinician,
        "slots": queries.slots_of(found),
        "others": queries.others_of(found),
        "form": form,
        "words": words or WordsForm(initial={"words": found.words if may_see else ""}),
        "data": _data(request, found),
        **_frame(request),
    }
    return render(request, "intake/capture.html", context, status=422 if bad else 200)


def _data(request: HearthlineRequest, found: Capture) -> dict[str, Any]:
    """Return what the page's script needs; nothing of it names anybody."""
    return {
        "owner": str(request.actor.user_id),
        "capture": str(found.pk),
        "isSharedBrowser": bool(request.session.get(SHARED_DEVICE_KEY)),
        "urls": {
            "uploads": "/live/uploads",
            "token": reverse("identity:session"),
            "words": reverse("intake:words", args=[found.pk]),
            "states": reverse("intake:states", args=[found.pk]),
            "worker": reverse("intake:worker"),
        },
        "words": page_words(),
    }


@require_POST
@requires(*SENDERS)
def words(request: HearthlineRequest, capture_id: UUID) -> HttpResponse:
    """Keep what the person says; an outbox is answered briefly."""
    found = access.get_capture_to_fill_for(request.actor, capture_id)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _capture_page(request, found, None, form)
    services.note_words(request.actor, capture=found, words=form.cleaned_data["words"])
    if "Hearthline-Outbox" in request.headers:
        return HttpResponse(status=204)
    if "send" in request.POST:
        services.send_capture(request.actor, capture=found)
        return redirect("intake:sent", found.pk)
    return redirect("intake:capture", found.pk)


@require_GET
@requires(*SENDERS)
def album(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show all photos that were taken of a patient, the newest first; intimate ones covered."""
    patient = access.get_patient_to_send_for(request.actor, patient_id)
    photos = queries.photos_of(access.files_for(request.actor).filter(patient=patient))
    page = Paginator(photos, PHOTOS_SHOWN).get_page(request.GET.get("page"))
    record(request.actor, "photos.listed", patient, patient_id=patient.pk)
    context = {"patient": patient, "page_obj": page, "zone": patient.zone, **_frame(request)}
    return render(request, "intake/album.html", context)


@require_GET
@requires(*SENDERS)
def sent(request: HearthlineRequest, capture_id: UUID) -> HttpResponse:
    """Say what happens next, and which views are missing."""
    found = access.get_capture_to_fill_for(request.actor, capture_id)
    missing = [view.label for view in queries.missing_views(found)]
    context = {
        "capture": found,
        "missing": missing,
        "patient": found.patient,
        "ways": ways_on(request.actor, found),
        **_frame(request),
    }
    return render(request, "intake/sent.html", context)


@require_GET
@requires(*SENDERS, is_background=True)
def states(request: HearthlineRequest, capture_id: UUID) -> HttpResponse:
    """Tell a waiting page what became of each file."""
    found = access.get_capture_to_fill_for(request.actor, capture_id)
    rows = queries.files_of(found).select_related("upload")[: queries.FILES_SHOWN]
    told = [
        {
            "key": file.upload.key if hasattr(file, "upload") else "",
            "state": file.state,
            "words": file.refusal_sentence,
            "findings": [str(label) for label in file.finding_labels],
        }
        for file in rows
    ]
    return _fresh(JsonResponse({"files": told}))


@require_GET
@requires(*SENDERS)
def file(request: HearthlineRequest, file_id: UUID, form: str) -> HttpResponse | StreamingHttpResponse:
    """Send a checked file in one of its forms."""
    if form not in SHOWN_FORMS:
        raise Http404
    found = access.get_file_for(request.actor, file_id)
    opened = services.open_rendition(request.actor, file=found, form=Form(form))
    headers = serve_as(opened.rendition.content_type, found.name or "photo")
    return StreamingHttpResponse(
        opened.blob.stream(), headers={**headers, "Content-Length": str(opened.rendition.size_bytes)}
    )


@require_GET
@public
def outbox(request: HearthlineRequest) -> HttpResponse:
    """The page without network: what waits on this device. It holds nothing of anybody, so it may be kept."""
    context = {
        "data": {
            "urls": {"token": reverse("identity:session"), "uploads": "/live/uploads"},
            "words": page_words(),
        }
    }
    return render(request, "intake/outbox.html", {"audience": "plain", **context})


@require_GET
@public
def worker(request: HearthlineRequest) -> HttpResponse:
    """The service worker of the photo pages; it has to come from above them."""
    return render(
        request,
        "intake/worker.js",
        {"outbox": reverse("intake:outbox")},
        content_type="text/javascript; charset=utf-8",
    )


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _frame(request: HearthlineRequest) -> dict[str, Any]:
    is_patient = request.actor.has_role(*PATIENT_ROLES) and not request.actor.is_staff
    return {"audience": "patient" if is_patient else "staff"}
