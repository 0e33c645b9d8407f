"""The patient's side: read, write, see when an answer can be expected. Works with script off."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.design import formats
from hearthline.directory.access import own_patient
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, Policy, patient_page, public
from hearthline.identity.roles import PATIENT_ROLES
from hearthline.messaging import access, conversations, drafts
from hearthline.messaging.forms import NewThreadForm, WritingForm
from hearthline.messaging.models import Message, Thread
from hearthline.messaging.models.threads import NEW_THREAD
from hearthline.messaging.queries import pools_with_promise
from hearthline.messaging.views.writing import (
    PAGE_SIZE,
    SeeOther,
    actor_under,
    begin_form,
    keep_words,
    page_of_messages,
    send_file,
)

WRITERS = Policy("patient pages", roles=frozenset(PATIENT_ROLES))


def _subject_of(request: HttpRequest) -> dict[str, str]:
    """Return the subject of a question about results, when the page was opened from one (``?results_of=`` its day)."""
    try:
        asked = date.fromisoformat(request.GET.get("results_of", ""))
        shown = formats.short_day(asked, "UTC", get_language() or "en")
    except (ValueError, OverflowError):
        return {}
    return {"subject": _("About my results of %(day)s") % {"day": shown}}


@require_GET
@patient_page
def threads(request: HearthlineRequest) -> HttpResponse:
    """List the conversations, those with something new marked."""
    rows = access.threads_of_care(request.actor).select_related("patient", "pool")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    unread = conversations.unread_count(request.actor, [thread.id for thread in page])
    lines = [(thread, unread.get(thread.id, 0)) for thread in page]
    context = {"page": page, "lines": lines, "can_write": access.open_pools().exists()}
    return render(request, "messaging/care/threads.html", context)


@require_http_methods(["GET", "POST"])
@public
def new(request: HttpRequest) -> HttpResponse:
    """Begin a conversation."""
    actor = actor_under(WRITERS, request)
    here = reverse("messaging:care_new")
    if actor is None:
        return keep_words(request, place=NEW_THREAD, where=here)
    patients = access.patients_spoken_for(actor)
    form = NewThreadForm(
        request.POST or None,
        request.FILES or None,
        patients=patients,
        pools=access.open_pools(),
        initial={**_subject_of(request), **begin_form(actor, NEW_THREAD)},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        thread = conversations.start_thread(
            actor=actor,
            patient=values["patient"],
            pool=values["pool"],
            subject=values["subject"],
            text=values["text"],
            key=values["key"],
            author_kind=author_kind(actor, values["patient"].id),
            files=values["attachments"],
        )
        drafts.discard(actor, NEW_THREAD)
        return SeeOther(reverse("messaging:care_thread", args=[thread.id]))
    context = {"form": form, "pools": pools_with_promise(access.open_pools()), "audience": "patient"}
    return render(request, "messaging/care/new.html", context, status=422 if form.errors else 200)


@require_GET
@patient_page
def thread(request: HearthlineRequest, thread_id: UUID) -> HttpResponse:
    """Show one conversation."""
    found = access.get_thread_of_care(request.actor, thread_id)
    form = WritingForm(initial=begin_form(request.actor, str(found.id)))
    return _show(request, request.actor, found, form)


@require_POST
@public
def send(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Send a message; when the session has ended, keep the words instead."""
    actor = actor_under(WRITERS, request)
    where = reverse("messaging:care_thread", args=[thread_id])
    if actor is None:
        return keep_words(request, place=str(thread_id), where=where)
    found = access.get_thread_of_care(actor, thread_id)
    form = WritingForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, actor, found, form, status=422)
    conversations.write(
        actor=actor,
        thread=found,
        text=form.cleaned_data["text"],
        key=form.cleaned_data["key"],
        author_kind=author_kind(actor, found.patient_id),
        files=form.cleaned_data["attachments"],
    )
    drafts.discard(actor, str(found.id))
    return SeeOther(where)


@require_GET
@patient_page
def attachment(request: HearthlineRequest, attachment_id: UUID) -> HttpResponseBase:
    """Send a file of a conversation."""
    return send_file(access.get_attachment_of_care(request.actor, attachment_id))


def author_kind(actor: Actor, patient_id: UUID) -> Message.Author:
    """Whether the actor writes for themselves or for somebody else."""
    own = own_patient(actor)
    return Message.Author.PATIENT if own is not None and own.id == patient_id else Message.Author.PROXY


def _show(
    request: HttpRequest, actor: Actor, thread: Thread, form: WritingForm, *, status: int = 200
) -> HttpResponse:
    page, messages = page_of_messages(request, access.messages_for_patient(thread))
    conversations.note_reading(actor=actor, thread=thread, messages=messages)
    context = {
        "thread": thread,
        "messages_said": messages,
        "page": page,
        "form": form,
        "zone": ZoneInfo(thread.patient.zone),
        "expected_at": thread.answer_due_at or conversations.expected_answer_at(thread.pool),
        "audience": "patient",
        "user_id": actor.user_id,
    }
    return render(request, "messaging/care/thread.html", context, status=status)
