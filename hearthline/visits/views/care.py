"""The patient's path: getting ready, the device check, the door, the room, afterwards.

Script is needed only from the device check on.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.directory.models import ConsentText
from hearthline.directory.services.consents import give_consent
from hearthline.foundation.uploads import UploadRefusedError, receive_image
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.visits import rules
from hearthline.visits.access import get_visit_for, participant_for
from hearthline.visits.choices import Question, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.forms import QUESTION_FORMS, DeviceCheckForm, DoorForm, RatingForm
from hearthline.visits.models import PreparationPhoto, Visit
from hearthline.visits.queries import PreparationPage, consent_text_for, preparation_page, summary_url
from hearthline.visits.services import door, preparation
from hearthline.visits.services.rating import has_rated, rate
from hearthline.visits.views.pages import kept_file, organization_of, room_data, with_devices
from hearthline.visits.words import check_words


@require_GET
@patient_page
def enter(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Send the patient to where the visit stands."""
    visit = get_visit_for(request.actor, visit_id)
    preparation.note_opened(visit)
    if visit.state == VisitState.ENDED:
        return redirect("visits:after", visit.pk)
    if visit.state == VisitState.IN_PROGRESS:
        return redirect("visits:room", visit.pk)
    return redirect("visits:prepare", visit.pk)


@require_GET
@patient_page
def prepare(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Show what is done and what is left to get ready."""
    visit = get_visit_for(request.actor, visit_id)
    preparation.note_opened(visit)
    page = preparation_page(visit)
    return render(request, "visits/prepare.html", {"visit": visit, "page": page, "zone": visit.patient.zone})


def _question(name: str) -> Question:
    try:
        return Question(name)
    except ValueError:
        raise Http404 from None


def _initial(visit: Visit, question: Question, page: PreparationPage) -> dict[str, Any]:
    """Return the answer so far, or what is known already: nobody types their telephone twice."""
    answer = page.answers.get(question.value)
    if answer is not None:
        return answer
    if question == Question.LOCATION:
        patient = visit.patient
        stated = visit.appointment.location_jurisdiction if visit.appointment else ""
        return {
            "jurisdiction": stated or patient.jurisdiction,
            "place": patient.address,
            "call_back_number": visit.call_back_number or patient.telephone,
            "may_call_when_lost": True,
        }
    return {}


@require_http_methods(["GET", "POST"])
@patient_page
def question(request: HearthlineRequest, visit_id: UUID, name: str) -> HttpResponse:
    """Ask one question; the answer is kept at once."""
    visit, asked = get_visit_for(request.actor, visit_id), _question(name)
    page = preparation_page(visit)
    form_class = QUESTION_FORMS[asked]
    if request.method == "POST":
        form = form_class(request.POST, request.FILES)
        if form.is_valid():
            followed = _keep(request, visit, asked, form)
            if followed is not None:
                return followed
    else:
        form = form_class(initial=_initial(visit, asked, page))
    context = {
        "visit": visit,
        "page": page,
        "question": asked,
        "number": list(Question).index(asked) + 1,
        "form": form,
        "previous": rules.previous_question(asked),
        "photos": PreparationPhoto.objects.filter(visit=visit, removed_at__isnull=True),
        "consent": consent_text_for(visit, request.actor) if asked == Question.CONSENT else None,
        "organization": organization_of(visit),
    }
    return render(request, "visits/question.html", context, status=422 if form.errors else 200)


def _keep(request: HearthlineRequest, visit: Visit, asked: Question, form: forms.Form) -> HttpResponse | None:
    """Keep an answer and return where to go; None when the form has an error now."""
    answer = {name: value for name, value in form.cleaned_data.items() if name != "photo"}
    try:
        if asked == Question.PHOTOS and form.cleaned_data.get("photo"):
            upload = receive_image(form.cleaned_data["photo"])
            preparation.add_photo(actor=request.actor, visit=visit, upload=upload, caption=answer["caption"])
            return redirect("visits:question", visit.pk, asked.value)
        if asked == Question.CONSENT:
            answer = _agree(request, visit)
        preparation.answer_question(actor=request.actor, visit=visit, question=asked, answer=answer)
    except UploadRefusedError as refused:
        form.add_error("photo", str(refused))
        return None
    except VisitRefusedError as refused:
        form.add_error(None, refused.words)
        return None
    answered = frozenset({*preparation.answers_of(visit)})
    following = rules.next_question(answered, asked)
    if following is None:
        return redirect("visits:prepare", visit.pk)
    return redirect("visits:question", visit.pk, following.value)


def _agree(request: HearthlineRequest, visit: Visit) -> dict[str, Any]:
    """Give the consent that the page showed; return what the visit keeps of it."""
    text: ConsentText | None = consent_text_for(visit, request.actor)
    if text is None:
        return {"text": "", "agrees": True}
    give_consent(actor=request.actor, patient=visit.patient, text=text)
    return {"text": f"{text.title} (v{text.version})", "agrees": True}


def _photo(request: HearthlineRequest, visit_id: UUID, photo_id: UUID) -> PreparationPhoto:
    visit = get_visit_for(request.actor, visit_id)
    return get_object_or_404(PreparationPhoto, pk=photo_id, visit=visit, removed_at__isnull=True)


@require_GET
@patient_page
def photo(request: HearthlineRequest, visit_id: UUID, photo_id: UUID) -> StreamingHttpResponse:
    """Show one of the patient's own photos."""
    shown = _photo(request, visit_id, photo_id)
    return kept_file(shown.organization_id, shown.digest, shown.content_type, "photo")


@require_POST
@patient_page
def remove_photo(request: HearthlineRequest, visit_id: UUID, photo_id: UUID) -> HttpResponse:
    """Take a photo back."""
    preparation.remove_photo(actor=request.actor, photo=_photo(request, visit_id, photo_id))
    return redirect("visits:question", visit_id, Question.PHOTOS.value)


@require_http_methods(["GET", "POST"])
@patient_page
def check(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Check camera, microphone, speaker and network, or go on without."""
    visit = get_visit_for(request.actor, visit_id)
    preparation.note_opened(visit)
    if request.method == "POST":
        form = DeviceCheckForm(request.POST)
        if form.is_valid():
            preparation.keep_device_check(actor=request.actor, visit=visit, findings=form.findings())
            return redirect("visits:door", visit.pk)
        return render(request, "visits/check.html", {"visit": visit, "form": form}, status=422)
    data = {"url": f"/live/visits/{visit.pk}/check", "words": check_words()}
    return with_devices(render(request, "visits/check.html", {"visit": visit, "data": data}))


@require_http_methods(["GET", "POST"])
@patient_page
def door_page(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Ask for two identifiers, then let the patient into the waiting room, or say what keeps them out."""
    visit = get_visit_for(request.actor, visit_id)
    preparation.note_opened(visit)
    kept_out = door.why_not_in(visit)
    form = DoorForm(request.POST or None)
    if kept_out == "" and (visit.identity_checked_at or visit.state == VisitState.IN_PROGRESS):
        return redirect("visits:room", visit.pk)
    if kept_out == "" and request.method == "POST" and form.is_valid():
        try:
            if door.check_identity(actor=request.actor, visit=visit, **form.cleaned_data):
                return redirect("visits:room", visit.pk)
            form.add_error(None, VisitRefusedError("identity").words)
        except VisitRefusedError:
            messages.warning(request, VisitRefusedError("identity_limit").words)
            return redirect("visits:room", visit.pk)
    page = preparation_page(visit)
    context = {
        "visit": visit,
        "form": form,
        "kept_out": kept_out,
        "reason": VisitRefusedError(kept_out).words if kept_out else "",
        "missing": rules.missing_at_the_door(frozenset(page.answers)),
        "zone": visit.patient.zone,
        "organization": organization_of(visit),
    }
    return render(request, "visits/door.html", context, status=422 if form.errors else 200)


@require_GET
@patient_page
def room(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """The waiting room, and the call once the clinician lets the patient in."""
    visit = get_visit_for(request.actor, visit_id)
    if visit.state == VisitState.ENDED:
        return redirect("visits:after", visit.pk)
    may_pass = visit.identity_checked_at or visit.identity_attempts >= door.IDENTITY_ATTEMPTS_MOST
    if door.why_not_in(visit) or not (may_pass or visit.state == VisitState.IN_PROGRESS):
        return redirect("visits:door", visit.pk)
    after = reverse("visits:after", args=[visit.pk])
    context = {
        "visit": visit,
        "kind": "patient",
        "estimate": door.estimate_for(visit),
        "organization": organization_of(visit),
        "data": room_data(
            request,
            participant_for(request.actor, visit),
            kind="patient",
            after_url=after,
            estimate=reverse("visits:room", args=[visit.pk]),
            files=reverse("visits:files", args=[visit.pk]),
            stills=reverse("visits:stills", args=[visit.pk]),
            board=reverse("visits:board", args=[visit.pk]),
        ),
    }
    return with_devices(render(request, "visits/room_patient.html", context))


@require_POST
@patient_page
def call_me(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Leave the waiting page and be called back."""
    visit = get_visit_for(request.actor, visit_id)
    try:
        door.want_call(actor=request.actor, visit=visit)
    except VisitRefusedError as refused:
        messages.error(request, refused.words)
        return redirect("visits:enter", visit.pk)
    return redirect("visits:called", visit.pk)


@require_GET
@patient_page
def called(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Say that we will call, on which number, and how to come back."""
    visit = get_visit_for(request.actor, visit_id)
    return render(request, "visits/called.html", {"visit": visit, "organization": organization_of(visit)})


@require_http_methods(["GET", "POST"])
@patient_page
def after(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """The end: the summary when it is ready, and how it went."""
    visit = get_visit_for(request.actor, visit_id)
    form = RatingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        rate(actor=request.actor, visit=visit, answers=form.cleaned_data)
        return redirect("visits:after", visit.pk)
    context = {
        "visit": visit,
        "form": form,
        "has_rated": has_rated(request.actor, visit),
        "summary_url": summary_url(visit),
        "organization": organization_of(visit),
    }
    return render(request, "visits/after.html", context, status=422 if form.errors else 200)
