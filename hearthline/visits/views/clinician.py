"""The clinician's room and decisions. Each decision is a form; the room's script sends the same forms in place."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit import services as audit
from hearthline.directory.places import jurisdiction_name
from hearthline.foundation.uploads import UploadRefusedError, receive_document
from hearthline.identity.policy import HearthlineRequest, clinical, signed_in
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.scheduling.services.pins import make_pin
from hearthline.visits.access import get_visit_for, may_conduct, participant_for
from hearthline.visits.choices import EndReason, ParticipantRole, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.forms import ColleagueForm, EndForm, InvitationForm, RatingForm, TelephonedForm
from hearthline.visits.held import how_it_was_held
from hearthline.visits.media import backend_of
from hearthline.visits.models import GuestInvitation, Participant, PreparationPhoto, SharedFile, Visit
from hearthline.visits.needs import requirements_in_words
from hearthline.visits.queries import (
    colleagues_to_ask,
    has_signed_note,
    preparation_page,
    stills_of,
    summary_url,
)
from hearthline.visits.services import (
    admission,
    conversation,
    door,
    guests,
    invited,
    parties,
    side_room,
    telephone,
)
from hearthline.visits.services.rating import has_rated, rate
from hearthline.visits.views.pages import kept_file, organization_of, room_data, with_devices

Decide = Callable[[HearthlineRequest, Visit], dict[str, Any] | None]


@require_GET
@clinical(*CLINICIAN_ROLES)
def room(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """The visit beside the chart: the call, who waits, the note, chat and files."""
    visit = get_visit_for(request.actor, visit_id)
    if visit.state == VisitState.ENDED:
        return redirect("visits:wrap_up", visit.pk)
    page = preparation_page(visit)
    patient = visit.patient
    after = reverse("visits:wrap_up", args=[visit.pk])
    context = {
        "visit": visit,
        "kind": "clinician",
        "patient": patient,
        "place": jurisdiction_name(visit.jurisdiction) if visit.jurisdiction else "",
        "requirements": requirements_in_words(visit),
        "answers": page.answers,
        "photos": PreparationPhoto.objects.filter(visit=visit, removed_at__isnull=True),
        "stills": stills_of(visit),
        "facts": door.facts_at_the_door(visit),
        "end_form": EndForm(),
        "invitation_form": InvitationForm(),
        "telephoned_form": TelephonedForm(auto_id="by_telephone_%s"),
        "colleague_form": ColleagueForm(colleagues=colleagues_to_ask(request.actor, visit)),
        "invitations": GuestInvitation.objects.filter(visit=visit, revoked_at__isnull=True),
        "organization": organization_of(visit),
        "has_telephone": bool(settings.SIP_TRUNK),
        "calls": telephone.open_calls(visit),
        "zone": organization_of(visit).zone,
        "data": room_data(
            request,
            participant_for(request.actor, visit),
            kind="clinician",
            after_url=after,
            decide=reverse("visits:decide", args=[visit.pk, "admit"]).removesuffix("admit/"),
            files=reverse("visits:files", args=[visit.pk]),
            stills=reverse("visits:stills", args=[visit.pk]),
            board=reverse("visits:board", args=[visit.pk]),
            chart=reverse("charting:chart", args=[patient.pk]),
            note=reverse("visits:note", args=[visit.pk]),
        ),
    }
    audit.record(request.actor, "visit.read", visit, patient_id=visit.patient_id)
    return with_devices(render(request, "visits/room_clinician.html", context))


@require_GET
@clinical(*CLINICIAN_ROLES)
def note(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Where the note of this visit is written: a form to begin it, once the patient has been let in."""
    visit = get_visit_for(request.actor, visit_id)
    return render(request, "visits/note.html", {"visit": visit})


def _participant(request: HearthlineRequest, visit: Visit) -> Participant:
    try:
        participant_id = UUID(request.POST.get("participant", ""))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Participant, pk=participant_id, visit=visit)


def _admit(request: HearthlineRequest, visit: Visit) -> None:
    admission.admit(
        actor=request.actor,
        visit=visit,
        participant=_participant(request, visit),
        is_agreed=request.POST.get("agreed") == "yes",
    )


def _put_back(request: HearthlineRequest, visit: Visit) -> None:
    admission.put_back(actor=request.actor, visit=visit, participant=_participant(request, visit))


def _remove(request: HearthlineRequest, visit: Visit) -> None:
    admission.remove(actor=request.actor, visit=visit, participant=_participant(request, visit))


def _ask_again(request: HearthlineRequest, visit: Visit) -> None:
    admission.ask_again(actor=request.actor, visit=visit, participant=_participant(request, visit))


def _ask_colleague(request: HearthlineRequest, visit: Visit) -> dict[str, Any]:
    colleagues = colleagues_to_ask(request.actor, visit)
    form = ColleagueForm(request.POST, colleagues=colleagues)
    if not form.is_valid():
        raise VisitRefusedError("colleague_form")
    asked = parties.ask_colleague(
        actor=request.actor, visit=visit, practitioner=colleagues.get(pk=form.cleaned_data["colleague"])
    )
    return {
        "link": f"{settings.PUBLIC_URL}{reverse('visits:clinician_room', args=[visit.pk])}",
        "name": asked.name,
    }


def _hand_over(request: HearthlineRequest, visit: Visit) -> None:
    parties.let_lead(actor=request.actor, visit=visit, participant=_participant(request, visit))


def _lead(request: HearthlineRequest, visit: Visit) -> None:
    parties.take_lead(actor=request.actor, visit=visit)


def _pin_person(request: HearthlineRequest, visit: Visit) -> None:
    parties.pin(actor=request.actor, visit=visit, participant=_participant(request, visit))


def _unpin(request: HearthlineRequest, visit: Visit) -> None:
    parties.pin(actor=request.actor, visit=visit, participant=None)


def _aside(request: HearthlineRequest, visit: Visit) -> None:
    side_room.step_aside(actor=request.actor, visit=visit)


def _back(request: HearthlineRequest, visit: Visit) -> None:
    side_room.come_back(actor=request.actor, visit=visit)


def _lock(request: HearthlineRequest, visit: Visit) -> None:
    admission.set_lock(actor=request.actor, visit=visit, is_locked=request.POST.get("locked") == "yes")


def _called(request: HearthlineRequest, visit: Visit) -> None:
    if not may_conduct(request.actor, visit):
        raise VisitRefusedError("not_allowed")
    door.note_call(actor=request.actor, visit=visit)


def _telephone(request: HearthlineRequest, visit: Visit) -> None:
    which = request.POST.get("number", "")
    if which not in telephone.NUMBERS:
        raise VisitRefusedError("no_number")
    backend_of(visit).add_phone(request.actor, visit, which)


def _hang_up(request: HearthlineRequest, visit: Visit) -> None:
    one = _participant(request, visit) if "participant" in request.POST else None
    telephone.hang_up(actor=request.actor, visit=visit, participant=one)


def _pin(request: HearthlineRequest, visit: Visit) -> dict[str, Any]:
    """New digits to say to somebody who wants to dial in; shown once."""
    if not may_conduct(request.actor, visit):
        raise VisitRefusedError("not_allowed")
    if visit.appointment is None or not organization_of(visit).dial_in_number:
        raise VisitRefusedError("no_telephone")
    audit.record(request.actor, "appointment_pin.made", visit, patient_id=visit.patient_id)
    return {"pin": make_pin(visit.appointment), "number": organization_of(visit).dial_in_number}


def _end(request: HearthlineRequest, visit: Visit) -> None:
    form = EndForm(request.POST)
    reason = EndReason(form.cleaned_data["reason"]) if form.is_valid() else EndReason.COMPLETED
    admission.end_visit(actor=request.actor, visit=visit, reason=reason)


def _invite(request: HearthlineRequest, visit: Visit) -> dict[str, Any]:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        raise VisitRefusedError("invitation_form")
    _, token = guests.invite_guest(
        actor=request.actor,
        visit=visit,
        name=form.cleaned_data["name"],
        role=ParticipantRole(form.cleaned_data["role"]),
    )
    path = reverse("visits:guest", args=[organization_of(visit).slug])
    return {"link": f"{settings.PUBLIC_URL}{path}#{token}", "name": form.cleaned_data["name"]}


def _invite_by_telephone(request: HearthlineRequest, visit: Visit) -> dict[str, Any]:
    form = TelephonedForm(request.POST)
    if not form.is_valid():
        raise VisitRefusedError("telephone_form")
    said = form.cleaned_data
    invited.invite_by_telephone(
        actor=request.actor,
        visit=visit,
        name=said["name"],
        role=ParticipantRole(said["role"]),
        number=said["telephone"],
        language=said["language"],
    )
    return {"name": said["name"]}


def _revoke(request: HearthlineRequest, visit: Visit) -> None:
    wanted = request.POST.get("invitation") or UUID(int=0)
    guests.revoke_invitation(
        actor=request.actor, invitation=get_object_or_404(GuestInvitation, pk=wanted, visit=visit)
    )


DECISIONS: dict[str, Decide] = {
    "admit": _admit,
    "put-back": _put_back,
    "remove": _remove,
    "ask-again": _ask_again,
    "ask-colleague": _ask_colleague,
    "hand-over": _hand_over,
    "lead": _lead,
    "pin-person": _pin_person,
    "unpin": _unpin,
    "aside": _aside,
    "back": _back,
    "lock": _lock,
    "called": _called,
    "telephone": _telephone,
    "hang-up": _hang_up,
    "pin": _pin,
    "end": _end,
    "invite": _invite,
    "invite-telephone": _invite_by_telephone,
    "revoke": _revoke,
}


@require_POST
@clinical(*CLINICIAN_ROLES)
def decide(request: HearthlineRequest, visit_id: UUID, decision: str) -> HttpResponse:
    """Carry out one decision; the room's script asks for JSON, a page without script is sent back to the room."""
    visit = get_visit_for(request.actor, visit_id)
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        result = DECISIONS[decision](request, visit) or {}
    except VisitRefusedError as refused:
        if wants_json:
            return JsonResponse({"code": refused.code, "detail": refused.words}, status=409)
        messages.error(request, refused.words)
        return redirect("visits:clinician_room", visit.pk)
    if wants_json:
        return JsonResponse(result)
    if "link" in result:
        messages.success(request, result["link"])
    if "pin" in result:
        messages.success(request, f"{result['number']} · {result['pin']}")
    return redirect("visits:wrap_up" if decision == "end" else "visits:clinician_room", visit.pk)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def wrap_up(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """After the call: what is left to do, in order; and how picture and sound were."""
    visit = get_visit_for(request.actor, visit_id)
    form = RatingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        rate(actor=request.actor, visit=visit, answers=form.cleaned_data)
        return redirect("visits:wrap_up", visit.pk)
    follows = f"follows={visit.appointment_id}" if visit.appointment_id else f"patient={visit.patient_id}"
    context = {
        "visit": visit,
        "patient": visit.patient,
        "zone": organization_of(visit).zone,
        "held": how_it_was_held(visit),
        "stills": stills_of(visit),
        "form": form,
        "has_rated": has_rated(request.actor, visit),
        "is_signed": has_signed_note(visit),
        "is_released": bool(summary_url(visit)),
        "follow_up_url": f"{reverse('scheduling:staff_book')}?{follows}",
    }
    return render(request, "visits/wrap_up.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def files(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """Take a file for the others in the visit."""
    visit = get_visit_for(request.actor, visit_id)
    given = request.FILES.get("file")
    if given is None:
        return JsonResponse({"detail": str(VisitRefusedError("no_file").words)}, status=422)
    try:
        upload = receive_document(given)
        shared = conversation.share_file(
            actor=request.actor,
            visit=visit,
            participant=participant_for(request.actor, visit),
            upload=upload,
            name=given.name or "file",
        )
    except UploadRefusedError as refused:
        return JsonResponse({"detail": str(refused)}, status=422)
    except VisitRefusedError as refused:
        return JsonResponse({"detail": refused.words}, status=409)
    return JsonResponse(conversation.describe_file(shared), status=201)


@require_GET
@signed_in
def shared_file(request: HearthlineRequest, visit_id: UUID, file_id: UUID) -> StreamingHttpResponse:
    """Give a shared file to somebody of the visit."""
    visit = get_visit_for(request.actor, visit_id)
    shared = get_object_or_404(SharedFile, pk=file_id, visit=visit)
    audit.record(request.actor, "visit_file.read", shared, patient_id=visit.patient_id)
    return kept_file(shared.organization_id, shared.digest, shared.content_type, shared.name)


@require_GET
@clinical(*CLINICIAN_ROLES)
def prepared_photo(request: HearthlineRequest, visit_id: UUID, photo_id: UUID) -> StreamingHttpResponse:
    """Show the clinician a photo that the patient sent before the visit."""
    visit = get_visit_for(request.actor, visit_id)
    photo = get_object_or_404(PreparationPhoto, pk=photo_id, visit=visit, removed_at__isnull=True)
    audit.record(request.actor, "visit_photo.read", photo, patient_id=visit.patient_id)
    return kept_file(photo.organization_id, photo.digest, photo.content_type, "photo")
