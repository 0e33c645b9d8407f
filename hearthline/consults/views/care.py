"""Patients' pages: ask a specialist for oneself or for whom one cares for, follow the case, read the answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.consults import access, queries
from hearthline.consults.clock_words import clock_of
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.forms import OwnCloseForm, QuestionForm, TextForm
from hearthline.consults.gallery import gallery_of
from hearthline.consults.models import Consult, Message, Opinion
from hearthline.consults.rules.states import Action, Status, get_next
from hearthline.consults.services import asking, closing, reading
from hearthline.consults.services.moving import record_case
from hearthline.consults.services.photographing import open_request
from hearthline.consults.specialties import SPECIALTIES
from hearthline.consults.views.asking import (
    initial_of,
    keep_question,
    onward_of,
    open_specialties,
    photos_in,
    screen_page,
    specialty_of,
    stop_page,
)
from hearthline.consults.views.cases import keep_file
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.scheduling.rules.urgency import Urgency

PAGE_SIZE = 10
PEOPLE_LIMIT = 20


@require_GET
@patient_page
def own_cases(request: HearthlineRequest) -> HttpResponse:
    """The questions to specialists, and which may be asked."""
    cases = access.consults_of_care(request.actor).order_by("-changed_at", "id")
    page = Paginator(cases, PAGE_SIZE).get_page(request.GET.get("page"))
    people = list(access.patients_asking(request.actor)[:PEOPLE_LIMIT])
    rows = [
        (one, _plain(one), own_state(one), next((p for p in people if p.pk == one.patient_id), None))
        for one in page.object_list
    ]
    context = {
        "audience": "patient",
        "page_obj": page,
        "rows": rows,
        "people": people,
        "specialties": open_specialties(request, by_patient=True) if people else [],
        "photos": photos_in(request),
    }
    return render(request, "consults/care/cases.html", context)


def _plain(consult: Consult) -> str:
    specialty = SPECIALTIES[consult.specialty]
    return str(specialty.plain_name or specialty.name)


def own_state(consult: Consult) -> tuple[str, str]:
    """Return where a case stands in plain words, with the kind of its tag."""
    if consult.status == Status.WAITING and consult.is_by_patient:
        return _("We need something from you"), "now"
    if access.may_read_answer(consult):
        return (_("Answer is here"), "now") if consult.status == Status.FINAL else (_("Answered"), "ok")
    words = {
        Status.DECLINED: _("Not answered: talk with your clinic"),
        Status.WITHDRAWN: _("Taken back"),
        Status.FINAL: _("Your clinic has the answer"),
        Status.ASKED: _("Sent"),
    }
    return words.get(Status(consult.status), _("A specialist looks at it")), "info"


def _patient(request: HearthlineRequest, patient_id: UUID) -> Patient:
    found = access.patients_asking(request.actor).filter(pk=patient_id).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@patient_page
def own_screen(request: HearthlineRequest, patient_id: UUID, specialty: str) -> HttpResponse:
    """Is this an emergency? Comes first."""
    chosen = specialty_of(specialty)
    if chosen not in open_specialties(request, by_patient=True):
        raise Http404
    return screen_page(request, _patient(request, patient_id), chosen, by_patient=True)


@require_http_methods(["GET", "POST"])
@patient_page
def own_question(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """Write what it is about, add photos, and send."""
    consult = access.get_draft_for(request.actor, consult_id)
    if consult.screen_urgency != Urgency.CLEAR:
        return stop_page(request, consult)
    options: dict[str, Any] = {
        "facts": asking.facts_asked(consult.specialty, by_patient=True),
        "by_patient": True,
        "wanted": SPECIALTIES[consult.specialty].wanted_objects,
    }
    if request.method == "POST":
        form = QuestionForm(request.POST, request.FILES, **options)
        if form.is_valid() and keep_question(request, consult, form):
            if (onward := onward_of(request)) is not None:
                return redirect(onward, consult.pk)
            if "ask" not in request.POST:
                messages.success(request, _("Kept. It is not sent yet."))
                return redirect("consults:own_question", consult.pk)
            if _send(request, consult, form):
                return redirect("consults:own_case", consult.pk)
    else:
        form = QuestionForm(initial=initial_of(consult), **options)
    form.mark_needed()
    context = {
        "audience": "patient",
        "consult": consult,
        "name": _plain(consult),
        "form": form,
        "gallery": gallery_of(request.actor, consult, consult.patient.zone),
        "zone": consult.patient.zone,
    }
    return render(request, "consults/care/question.html", context, status=422 if form.errors else 200)


def _send(request: HearthlineRequest, consult: Consult, form: QuestionForm) -> bool:
    now: datetime = clock.now()
    try:
        asking.ask(
            request.actor,
            consult=consult,
            told_by_name=request.actor.name,
            patient_told_at=now,
            shares_record=True,
        )
    except CaseRefusedError as refusal:
        form.add_error(None, refusal.words)
        for code in asking.missing_facts(consult) if refusal.code == "missing_facts" else []:
            form.add_error(f"fact_{code}", _("Please answer this. If you do not know, write so."))
        return False
    messages.success(request, _("Sent. We write to you when the answer is here."))
    return True


@require_http_methods(["GET", "POST"])
@patient_page
def own_case(request: HearthlineRequest, consult_id: UUID) -> HttpResponse:
    """One question: where it stands, what is needed, and the answer."""
    consult = access.get_own_consult_for(request.actor, consult_id)
    form = _next_form(consult, request)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            done = _do_next(request, consult, form)
        except CaseRefusedError as refusal:
            form.add_error(None, refusal.words)
            done = False
        if done:
            messages.success(request, _("Thank you. We have it."))
            return redirect("consults:own_case", consult.pk)
    if request.method == "GET":
        record_case(request.actor, "consult.read", consult)
        consult = closing.note_read_by_patient(request.actor, consult=consult)
        form = _next_form(consult, request)
    zone = consult.patient.zone
    answers = access.opinions_for(request.actor, consult)
    context = {
        "audience": "patient",
        "consult": consult,
        "patient": consult.patient,
        "name": _plain(consult),
        "state": own_state(consult),
        "clock": clock_of(consult, zone),
        "zone": zone,
        "form": form,
        "requests": consult.messages.filter(kind=Message.Kind.REQUEST)
        if consult.status == Status.WAITING
        else Message.objects.none(),
        "answers": answers,
        "wanted": open_request(consult) if access.may_fill(request.actor, consult) else None,
        "may_fill": access.may_fill(request.actor, consult),
        "has_final": answers.filter(kind=Opinion.Kind.FINAL).exists(),
        "gallery": gallery_of(request.actor, consult, zone),
        "facts": queries.view_of(request.actor, consult, zone).facts,
    }
    return render(
        request, "consults/care/case.html", context, status=422 if form is not None and form.errors else 200
    )


def _next_form(consult: Consult, request: HearthlineRequest) -> TextForm | OwnCloseForm | None:
    """Return the form of what the asker has to do next, if anything."""
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if not consult.is_by_patient or consult.asked_by_id != request.actor.user_id:
        return None
    if get_next(consult.status, Action.GIVE_MORE) is not None:
        return TextForm(data, files, label=_("Your answer"), takes_file=True)
    if get_next(consult.status, Action.CLOSE) is not None:
        return OwnCloseForm(data)
    return None


def _do_next(request: HearthlineRequest, consult: Consult, form: TextForm | OwnCloseForm) -> bool:
    if isinstance(form, OwnCloseForm):
        closing.close(request.actor, consult=consult, next_step=form.cleaned_data["next_step"], referral="")
        return True
    if not keep_file(request, consult, form):
        return False
    reading.give_more(request.actor, consult=consult, text=form.cleaned_data["text"])
    return True
