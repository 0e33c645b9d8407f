"""Asking, by staff for a patient: which specialty, the red-flag screen, the question, and asked."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.charting.access import get_charted_patient_for
from hearthline.consults import access
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.forms import AskForm, FlagsForm, QuestionForm
from hearthline.consults.gallery import gallery_of
from hearthline.consults.models import Consult, Desk
from hearthline.consults.services import asking
from hearthline.consults.services.photographing import link_photos
from hearthline.consults.specialties import SPECIALTIES, Specialty
from hearthline.consults.views.cases import keep_file, zone_of
from hearthline.directory.access import today_in
from hearthline.directory.models import Patient
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.imaging.intake.access import captures_for
from hearthline.imaging.intake.models import Capture
from hearthline.scheduling.red_flags import asked_language, list_general_flags
from hearthline.scheduling.rules.urgency import RedFlag, Urgency

CASES_SHOWN = 20


def specialty_of(code: str) -> Specialty:
    """Return a specialty, or answer 404."""
    if code not in SPECIALTIES:
        raise Http404
    return SPECIALTIES[code]


def open_specialties(request: HearthlineRequest, *, by_patient: bool) -> list[Specialty]:
    """Return what can be asked here now."""
    desks = Desk.objects.filter(organization_id=request.actor.organization_id, is_open=True)
    if by_patient:
        desks = desks.filter(is_open_to_patients=True)
    return [SPECIALTIES[desk.specialty] for desk in desks if desk.specialty in SPECIALTIES]


def flags_of(specialty: Specialty) -> list[RedFlag]:
    """Return the red flags that are asked: the specialty's own and the general ones, in a signed-off language."""
    with override(asked_language()):
        own = specialty.flags()
    known = {flag.code for flag in own}
    return [*own, *(flag for flag in list_general_flags() if flag.code not in known)]


@require_GET
@clinical(*CLINICIAN_ROLES)
def choose(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Which specialty to ask about a patient."""
    patient = get_charted_patient_for(request.actor, patient_id)
    context = {
        "audience": "staff",
        "patient": patient,
        "specialties": open_specialties(request, by_patient=False),
        "photos": photos_in(request),
        "open_cases": access.consults_for(request.actor)
        .filter(patient=patient, organization_id=request.actor.organization_id)
        .order_by("-created_at")[:CASES_SHOWN],
    }
    return render(request, "consults/choose.html", context)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def screen(request: HearthlineRequest, patient_id: UUID, specialty: str) -> HttpResponse:
    """The red-flag screen, and the open cases about the same."""
    patient = get_charted_patient_for(request.actor, patient_id)
    return screen_page(request, patient, specialty_of(specialty), by_patient=False)


def screen_page(
    request: HearthlineRequest, patient: Patient, specialty: Specialty, *, by_patient: bool
) -> HttpResponse:
    """Ask the red flags; lead on to the question, or to what to do now instead."""
    flags = flags_of(specialty)
    open_cases = asking.open_cases_of(patient, specialty.code)
    data = request.POST if request.method == "POST" else None
    form = FlagsForm(data, flags=flags, has_open=bool(open_cases), by_patient=by_patient)
    if form.is_bound and form.is_valid():
        answers = {flag.code: flag.code in form.cleaned_data["flags"] for flag in flags}
        try:
            consult = asking.begin_question(
                request.actor,
                patient=patient,
                specialty=specialty.code,
                flags=flags,
                answers=answers,
                other_matter=form.cleaned_data.get("other_matter", ""),
            )
        except CaseRefusedError as refusal:
            form.add_error(None, refusal.words)
        else:
            _begin_with_photos(request, consult)
            return redirect("consults:own_question" if by_patient else "consults:question", consult.pk)
    context = {
        "audience": "patient" if by_patient else "staff",
        "patient": patient,
        "specialty": specialty,
        "form": form,
        "open_cases": open_cases,
        "by_patient": by_patient,
    }
    return render(request, "consults/screen.html", context, status=422 if form.errors else 200)


def photos_in(request: HearthlineRequest) -> str:
    """Return the end of an address that carries the photos with which a question begins; empty without any."""
    return f"?photos={found.pk}" if (found := _photos(request)) is not None else ""


def _photos(request: HearthlineRequest) -> Capture | None:
    try:
        wanted = UUID(request.GET.get("photos", ""))
    except ValueError:
        return None
    return captures_for(request.actor).filter(pk=wanted).first()


def _begin_with_photos(request: HearthlineRequest, consult: Consult) -> None:
    capture = _photos(request)
    if capture is not None and capture.patient_id == consult.patient_id:
        link_photos(request.actor, consult=consult, capture=capture)


def stop_page(request: HearthlineRequest, consult: Consult) -> HttpResponse:
    """Say that this must not wait, and what to do now, with the number of where the patient is."""
    context = {
        "audience": "patient" if consult.is_by_patient else "staff",
        "consult": consult,
        "is_crisis": consult.screen_urgency == Urgency.CRISIS,
    }
    return render(request, "consults/stop.html", context)


@require_http_methods(["GET", "POST"])
@clinical(*CLINICIAN_ROLES)
def question(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """Write the question; keep it, or ask."""
    consult = access.get_draft_for(request.actor, consult_id)
    if consult.is_by_patient:
        raise Http404
    if consult.screen_urgency != Urgency.CLEAR:
        return stop_page(request, consult)
    specialty = SPECIALTIES[consult.specialty]
    options: dict[str, Any] = {
        "facts": asking.facts_asked(consult.specialty, by_patient=False),
        "by_patient": False,
        "wanted": specialty.wanted_objects,
    }
    if request.method != "POST":
        initial = {**initial_of(consult), "told_by_name": request.actor.name, "shares_record": True}
        initial["told_on"] = today_in(request.actor.organization_id)
        form: QuestionForm = AskForm(initial=initial, **options)
    else:
        kind = AskForm if "ask" in request.POST else QuestionForm
        form = kind(request.POST, request.FILES, **options)
        if form.is_valid() and keep_question(request, consult, form):
            if (onward := onward_of(request)) is not None:
                return redirect(onward, consult.pk)
            if not isinstance(form, AskForm):
                messages.success(request, _("Kept. Nobody else sees it yet."))
                return redirect("consults:question", consult.pk)
            if ask(request, consult, form):
                return redirect("consults:case", consult.pk)
    form.mark_needed()
    context = {
        "audience": "staff",
        "consult": consult,
        "patient": consult.patient,
        "specialty": specialty,
        "form": form,
        "gallery": gallery_of(request.actor, consult, zone_of(request)),
        "zone": zone_of(request),
    }
    return render(request, "consults/question.html", context, status=422 if form.errors else 200)


def onward_of(request: HearthlineRequest) -> str | None:
    """Return the page that a button beside an unfinished question leads to, once its words are kept."""
    return next((f"consults:{name}" for name in ("photos", "add") if name in request.POST), None)


def initial_of(consult: Consult) -> dict[str, Any]:
    """Return what was written so far."""
    facts = {f"fact_{one.code}": one.value for one in consult.facts.all()}
    return {"question": consult.question, "urgency": consult.urgency, **facts}


def keep_question(request: HearthlineRequest, consult: Consult, form: QuestionForm) -> bool:
    """Keep the words first, so that a refused file loses nothing."""
    asking.save_question(
        request.actor,
        consult=consult,
        question=form.cleaned_data["question"],
        facts=form.answers(),
        urgency=form.cleaned_data.get("urgency") or consult.urgency,
    )
    return keep_file(request, consult, form)


def ask(request: HearthlineRequest, consult: Consult, form: AskForm) -> bool:
    """Ask; False, with the reason on the form, when something is missing."""
    try:
        asking.ask(
            request.actor,
            consult=consult,
            told_by_name=form.cleaned_data["told_by_name"],
            patient_told_at=form.told_at(zone_of(request)),
            shares_record=form.cleaned_data["shares_record"],
        )
    except CaseRefusedError as refusal:
        form.add_error(None, refusal.words)
        for code in asking.missing_facts(consult) if refusal.code == "missing_facts" else []:
            form.add_error(f"fact_{code}", _("This is needed. If it is not known, write so."))
        return False
    messages.success(request, _("Asked. You are told when the answer comes, or when more is needed."))
    return True
