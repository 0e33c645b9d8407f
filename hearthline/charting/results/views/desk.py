"""Messages that could not be filed: a person finds whose they are, corrects, tries again or sets aside."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit import services as audit
from hearthline.charting.results import intake
from hearthline.charting.results.access import get_message_for, get_patient_to_match_for, messages_for
from hearthline.charting.results.drafts import ReportDraft, UnreadableError
from hearthline.charting.results.forms import ChooseForm, CorrectForm, MatchForm, ReasonForm
from hearthline.charting.results.intake import MoveError
from hearthline.charting.results.matching import doubts
from hearthline.charting.results.models import IncomingMessage
from hearthline.charting.views.chart import clinic_zone, posted
from hearthline.directory.models import Patient
from hearthline.directory.queries import SearchCriteria, search_patients
from hearthline.identity.policy import HearthlineRequest, clinical

PAGE_SIZE = 25
MOST_FOUND = 10
SHOWN_BYTES = 200_000  # of a message on the page; a file within it is longer and says nothing to a reader
BOXES = ("waiting", "all")


@require_GET
@clinical()
def messages_list(request: HearthlineRequest) -> HttpResponse:
    """List the messages that wait, or all that came."""
    box = request.GET.get("box", "waiting")
    rows = messages_for(request.actor)
    rows = rows.filter(state=IncomingMessage.State.WAITING) if box != "all" else rows
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"audience": "staff", "page": page, "box": box, "zone": clinic_zone(request)}
    return render(request, "results/messages.html", context)


def _drafts(message: IncomingMessage, raw: bytes) -> list[ReportDraft]:
    try:
        return list(intake.read(message, raw))
    except UnreadableError:
        return []


def _page(request: HearthlineRequest, message: IncomingMessage, **more: Any) -> HttpResponse:
    audit.record(request.actor, "message.read", message)
    raw = intake.raw_of(message)
    drafts = _drafts(message, raw)
    shown = raw[:SHOWN_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    wrong = next((form for name, form in more.items() if name.endswith("form") and form.errors), None)
    context = {
        "audience": "staff",
        "message": message,
        "drafts": drafts,
        "raw": shown,
        "is_cut": len(raw) > SHOWN_BYTES,
        "match_form": MatchForm(auto_id="match_%s"),
        "choose_form": ChooseForm(auto_id="choose_%s"),
        "correct_form": CorrectForm(initial={"text": shown}, auto_id="correct_%s"),
        "aside_form": ReasonForm(auto_id="aside_%s"),
        "form": wrong,
        "zone": clinic_zone(request),
        **more,
    }
    return render(request, "results/message.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
@clinical()
def message(request: HearthlineRequest, message_id: UUID) -> HttpResponse:
    """Show a message, and whom a search finds for it."""
    found = get_message_for(request.actor, message_id)
    if request.method == "GET":
        return _page(request, found)
    form = MatchForm(posted(request), auto_id="match_%s")
    if not form.is_valid():
        return _page(request, found, match_form=form)
    values = form.cleaned_data
    criteria = SearchCriteria(
        name=values["name"], birth_date=values["birth_date"], identifier=values["identifier"]
    )
    patients = list(search_patients(request.actor, criteria)[:MOST_FOUND])
    audit.record(request.actor, "patients.searched", found, reason=criteria.digest(found.organization_id))
    return _page(request, found, match_form=form, candidates=_compared(found, patients), has_searched=True)


def _compared(message: IncomingMessage, patients: list[Patient]) -> list[tuple[Patient, bool, bool]]:
    """Return each patient with whether name and birth date agree with the message."""
    drafts = _drafts(message, intake.raw_of(message))
    if not drafts:
        return [(patient, False, False) for patient in patients]
    claim = drafts[0].patient
    wrong = [(patient, {doubt.value for doubt in doubts(claim, patient)}) for patient in patients]
    return [(patient, "name" not in found, "birth_date" not in found) for patient, found in wrong]


def _told(request: HearthlineRequest, filed: IncomingMessage) -> HttpResponse:
    if filed.state == IncomingMessage.State.FILED:
        messages.success(request, _("Filed."))
        return redirect("results:messages")
    messages.error(request, _("It still cannot be filed; the page says why."))
    return redirect("results:message", filed.pk)


def _too_late(request: HearthlineRequest, found: IncomingMessage) -> HttpResponse:
    messages.error(request, _("Somebody else has settled this message. Nothing was changed."))
    return redirect("results:message", found.pk)


@require_POST
@clinical()
def match(request: HearthlineRequest, message_id: UUID) -> HttpResponse:
    """File a message for the patient whom a person chose, with the reason."""
    found = get_message_for(request.actor, message_id)
    form = ChooseForm(request.POST, auto_id="choose_%s")
    if not form.is_valid():
        return _page(request, found, choose_form=form)
    patient = get_patient_to_match_for(request.actor, form.cleaned_data["patient"])
    drafts = _drafts(found, intake.raw_of(found))
    if len({draft.patient for draft in drafts}) > 1:
        form.add_error(None, _("The message speaks of several people. Correct it, or set it aside."))
        return _page(request, found, choose_form=form)
    try:
        reason = form.cleaned_data["reason"]
        filed = intake.replay(actor=request.actor, message=found, patient=patient, reason=reason)
    except MoveError:
        return _too_late(request, found)
    return _told(request, filed)


@require_POST
@clinical()
def replay(request: HearthlineRequest, message_id: UUID) -> HttpResponse:
    """Try a message again as it came."""
    found = get_message_for(request.actor, message_id)
    try:
        filed = intake.replay(actor=request.actor, message=found, reason="replayed as it came")
    except MoveError:
        return _too_late(request, found)
    return _told(request, filed)


@require_POST
@clinical()
def correct(request: HearthlineRequest, message_id: UUID) -> HttpResponse:
    """Put a corrected copy in a message's place."""
    found = get_message_for(request.actor, message_id)
    form = CorrectForm(request.POST, auto_id="correct_%s")
    if not form.is_valid():
        return _page(request, found, correct_form=form)
    raw = form.cleaned_data["text"].replace("\r\n", "\r").replace("\n", "\r").encode()
    try:
        copy = intake.correct(actor=request.actor, message=found, raw=raw, reason=form.cleaned_data["reason"])
    except MoveError:
        return _too_late(request, found)
    return _told(request, copy)


@require_POST
@clinical()
def set_aside(request: HearthlineRequest, message_id: UUID) -> HttpResponse:
    """Say that a message will not be filed."""
    found = get_message_for(request.actor, message_id)
    form = ReasonForm(request.POST, auto_id="aside_%s")
    if not form.is_valid():
        return _page(request, found, aside_form=form)
    try:
        intake.set_aside(actor=request.actor, message=found, reason=form.cleaned_data["reason"])
    except MoveError:
        return _too_late(request, found)
    messages.success(request, _("Set aside. It stays readable."))
    return redirect("results:messages")
