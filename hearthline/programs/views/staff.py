"""The staff's pages of programs: who takes part and where each stands, one enrollment, and its next step."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory.access import get_patient_for
from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CARE_TEAM_ROLES, CLINICIAN_ROLES, PRESCRIBER_ROLES
from hearthline.monitoring.episodes import services as episodes
from hearthline.monitoring.episodes.access import may_order
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.triage.rule_forms import settings_in_words
from hearthline.programs import access, lending, queries, services
from hearthline.programs.chain import WAY, Step
from hearthline.programs.definitions import in_language
from hearthline.programs.forms import ConsentForm, EnrollForm, LendForm, ReviewForm, SetUpForm
from hearthline.programs.models import Enrollment, Program, ProgramReview

PAGE_LENGTH = 25


@clinical(*CARE_TEAM_ROLES)
@require_http_methods(["GET"])
def board(request: HearthlineRequest) -> HttpResponse:
    """Who takes part in what, where each stands, and how much of the last week came."""
    rows = access.enrollments_for(request.actor)
    shows_ended = request.GET.get("show") == "ended"
    rows = rows.filter(episode__ends_on__isnull=not shows_ended)
    code = request.GET.get("program", "")
    if code:
        rows = rows.filter(program__code=code)
    page = Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "audience": "staff",
        "page_obj": page,
        "rows": queries.standings(list(page.object_list)),
        "programs": _names(),
        "code": code,
        "shows_ended": shows_ended,
        "query": query.urlencode(),
    }
    return render(request, "programs/board.html", context)


def _names() -> list[tuple[str, str]]:
    language = get_language() or "en"
    newest = {one.code: one.definition.name_in(language) for one in Program.objects.order_by("version")}
    return sorted(newest.items(), key=lambda one: one[1])


@clinical(*CARE_TEAM_ROLES)
@require_http_methods(["GET"])
def of_patient(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """One person's programs, now and before."""
    patient = get_patient_for(request.actor, patient_id)
    rows = access.enrollments_for(request.actor).filter(episode__monitored__patient=patient)
    record(request.actor, "programs.listed", patient, patient_id=patient.pk)
    context = {
        "audience": "staff",
        "patient": patient,
        "rows": queries.standings(list(rows)),
        "may_enroll": may_order(request.actor, patient),
        "has_running": any(row.episode.ends_on is None for row in rows),
    }
    return render(request, "programs/patient.html", context)


@clinical(*PRESCRIBER_ROLES)
@require_http_methods(["GET", "POST"])
def enroll(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Order monitoring in a program."""
    patient = get_patient_for(request.actor, patient_id)
    form = EnrollForm(request.POST if request.method == "POST" else None, language=get_language() or "en")
    if form.is_bound and form.is_valid():
        order = services.Order(form.cleaned_data["reason"], form.cleaned_data["is_established"])
        try:
            made = services.enroll(
                request.actor, patient=patient, program=form.cleaned_data["program"], order=order
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _go(made)
    context = {"audience": "staff", "form": form, "patient": patient}
    context["has_programs"] = Program.objects.filter(retired_at=None).exists()
    return render(request, "programs/enroll.html", context, status=422 if form.is_bound else 200)


@clinical(*CARE_TEAM_ROLES)
@require_http_methods(["GET"])
def enrollment(request: HearthlineRequest, enrollment_id: UUID) -> HttpResponse:
    """One enrollment: the chain, what is measured, tasks, reviews, and the next step."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    return _page(request, found)


def _page(request: HearthlineRequest, found: Enrollment, form: forms.Form | None = None) -> HttpResponse:
    (standing,) = queries.standings([found])
    language = get_language() or "en"
    phase = found.current_phase
    done = set(found.done_tasks.filter(phase=phase.code).values_list("task", flat=True))
    record(request.actor, "program.read", found, patient_id=found.episode.monitored.patient_id)
    context = {
        "audience": "staff",
        "enrollment": found,
        "patient": found.episode.monitored.patient,
        "standing": standing,
        "chain": _chain(standing.step),
        "phase_name": in_language(phase.name, language),
        "phases": [(one, in_language(one.name, language)) for one in found.program.definition.phases],
        "limits": [
            (limit, settings_in_words(limit.rule.settings) if limit.rule else [])
            for limit in queries.limits_of(found)
        ],
        "planned": queries.planned_for(found),
        "tasks": [(one, in_language(one.name, language), one.code in done) for one in phase.tasks],
        "devices": lending.lent_to(found),
        "reviews": found.reviews.select_related("reviewed_by")[:PAGE_LENGTH],
        "form": form or _next_form(found, standing.step),
        "step": standing.step.value,
        "may_run": request.actor.is_clinician,
        "may_approve": request.actor.has_role(*PRESCRIBER_ROLES),
        "review_form": ReviewForm(is_last_phase=found.program.definition.after(found.phase) is None),
    }
    return render(request, "programs/enrollment.html", context, status=422 if form else 200)


def _chain(current: Step) -> list[tuple[Step, str]]:
    """Return the steps with whether each is done, current or to come."""
    if current not in WAY:
        return [(step, "done") for step in WAY]
    position = WAY.index(current)
    states = [
        "done" if number < position else "now" if number == position else "" for number in range(len(WAY))
    ]
    return list(zip(WAY, states, strict=True))


def _next_form(found: Enrollment, step: Step) -> forms.Form | None:
    if step is Step.CONSENT:
        return ConsentForm()
    if step is Step.DEVICE:
        return LendForm()
    if step is Step.SET_UP:
        return SetUpForm()
    return None


def _go(found: Enrollment) -> HttpResponse:
    return HttpResponseRedirect(reverse("programs:enrollment", args=[found.pk]), status=303)


def _act(
    request: HearthlineRequest, found: Enrollment, form: forms.Form, act: Callable[[], object]
) -> HttpResponse:
    """Do what a valid form asks, or show the page again with what was wrong."""
    if form.is_valid():
        try:
            act()
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, _("Noted."))
            return _go(found)
    return _page(request, found, form)


@clinical(*CLINICIAN_ROLES)
@require_POST
def consent(request: HearthlineRequest, enrollment_id: UUID) -> HttpResponse:
    """Note spoken agreement."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    form = ConsentForm(request.POST)
    return _act(
        request,
        found,
        form,
        lambda: episodes.note_consent(actor=request.actor, episode=found.episode, **form.cleaned_data),
    )


@clinical(*CLINICIAN_ROLES)
@require_POST
def lend(request: HearthlineRequest, enrollment_id: UUID) -> HttpResponse:
    """Lend a device."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    form = LendForm(request.POST)
    return _act(
        request,
        found,
        form,
        lambda: lending.lend(request.actor, enrollment=found, asset_id=form.cleaned_data["asset"].pk),
    )


@clinical(*CLINICIAN_ROLES)
@require_POST
def take_back(request: HearthlineRequest, enrollment_id: UUID, device_id: UUID) -> HttpResponse:
    """Have a device back."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    return _act(
        request,
        found,
        forms.Form(request.POST),
        lambda: lending.take_back(request.actor, enrollment=found, device_id=device_id),
    )


@clinical(*CLINICIAN_ROLES)
@require_POST
def set_up(request: HearthlineRequest, enrollment_id: UUID) -> HttpResponse:
    """Note the set-up."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    form = SetUpForm(request.POST)
    return _act(
        request,
        found,
        form,
        lambda: episodes.note_set_up(actor=request.actor, episode=found.episode, **form.cleaned_data),
    )


@clinical(*PRESCRIBER_ROLES)
@require_POST
def limits(request: HearthlineRequest, enrollment_id: UUID) -> HttpResponse:
    """Approve the limits that hold for this person."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    return _act(
        request,
        found,
        forms.Form(request.POST),
        lambda: services.approve_limits(request.actor, enrollment=found),
    )


@clinical(*CLINICIAN_ROLES)
@require_POST
def review(request: HearthlineRequest, enrollment_id: UUID) -> HttpResponse:
    """Note how it goes and what follows."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    form = ReviewForm(request.POST, is_last_phase=found.program.definition.after(found.phase) is None)
    return _act(request, found, form, lambda: _review(request, found, form))


def _review(request: HearthlineRequest, found: Enrollment, form: ReviewForm) -> None:
    values = form.cleaned_data
    services.review(
        request.actor,
        enrollment=found,
        decision=ProgramReview.Decision(values["decision"]),
        note=values["note"],
        end_reason=Episode.EndReason(values["end_reason"] or Episode.EndReason.OTHER),
    )


@clinical(*CARE_TEAM_ROLES)
@require_POST
def task(request: HearthlineRequest, enrollment_id: UUID, code: str) -> HttpResponse:
    """Note that a task is done."""
    found = access.get_enrollment_for(request.actor, enrollment_id)
    return _act(
        request,
        found,
        forms.Form(request.POST),
        lambda: services.finish_task(request.actor, enrollment=found, task=code),
    )
