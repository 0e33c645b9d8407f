"""The care team's side: the inbox, a conversation, taking on and handing over."""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, Policy, clinical, public
from hearthline.identity.roles import CARE_TEAM_ROLES
from hearthline.messaging import access, conversations, drafts
from hearthline.messaging.conversations import ConversationError
from hearthline.messaging.forms import HandOverForm, NewThreadForm, StaffWritingForm
from hearthline.messaging.models import Message, RoutingPool, Thread
from hearthline.messaging.queries import BOXES, inbox
from hearthline.messaging.views.writing import (
    PAGE_SIZE,
    SeeOther,
    actor_under,
    begin_form,
    keep_words,
    page_of_messages,
    send_file,
)
from hearthline.tenancy.models import Organization

WRITERS = Policy("care team", roles=frozenset(CARE_TEAM_ROLES))


@require_GET
@clinical()
def threads(request: HearthlineRequest) -> HttpResponse:
    """The inbox: mine, my team's, nobody's, closed."""
    box = request.GET.get("box", "mine")
    box = box if box in BOXES else "mine"
    page = Paginator(inbox(request.actor, box), PAGE_SIZE).get_page(request.GET.get("page"))
    unread = conversations.unread_count(request.actor, [thread.id for thread in page])
    now = clock.now()
    lines = [
        (thread, unread.get(thread.id, 0), thread.answer_due_at is not None and thread.answer_due_at <= now)
        for thread in page
    ]
    names = {"mine": _("Mine"), "team": _("My teams"), "unassigned": _("Nobody's"), "closed": _("Closed")}
    boxes = [(key, names[key], key == box) for key in BOXES]
    context = {"page": page, "lines": lines, "boxes": boxes, "box": box, "zone": _zone(request.actor)}
    return render(request, "messaging/staff/threads.html", context)


@require_http_methods(["GET", "POST"])
@clinical()
def new(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Begin a conversation with a patient."""
    patient = access.get_patient_to_write_to(request.actor, patient_id)
    place = f"p{patient.id.hex}"
    form = NewThreadForm(
        request.POST or None,
        request.FILES or None,
        patients=type(patient).objects.filter(pk=patient.pk),
        pools=RoutingPool.objects.filter(is_active=True),
        initial=begin_form(request.actor, place),
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        thread = conversations.start_thread(
            actor=request.actor,
            patient=patient,
            pool=values["pool"],
            subject=values["subject"],
            text=values["text"],
            key=values["key"],
            author_kind=Message.Author.STAFF,
            files=values["attachments"],
        )
        drafts.discard(request.actor, place)
        return SeeOther(reverse("messaging:thread", args=[thread.id]))
    context = {"form": form, "patient": patient}
    return render(request, "messaging/staff/new.html", context, status=422 if form.errors else 200)


@require_GET
@clinical()
def thread(request: HearthlineRequest, thread_id: UUID) -> HttpResponse:
    """Show one conversation with its notes and its path."""
    found = access.get_thread_of_staff(request.actor, thread_id)
    form = StaffWritingForm(initial=begin_form(request.actor, str(found.id)))
    return _show(request, request.actor, found, form)


@require_POST
@public
def send(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Send an answer or keep a note; when the session has ended, keep the words instead."""
    actor = actor_under(WRITERS, request)
    where = reverse("messaging:thread", args=[thread_id])
    if actor is None:
        return keep_words(request, place=str(thread_id), where=where)
    found = access.get_thread_of_staff(actor, thread_id)
    form = StaffWritingForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, actor, found, form, status=422)
    conversations.write(
        actor=actor,
        thread=found,
        text=form.cleaned_data["text"],
        key=form.cleaned_data["key"],
        author_kind=Message.Author.STAFF,
        is_internal=form.cleaned_data["is_internal"],
        files=form.cleaned_data["attachments"],
    )
    drafts.discard(actor, str(found.id))
    return SeeOther(where)


@require_POST
@clinical()
def claim(request: HearthlineRequest, thread_id: UUID) -> HttpResponse:
    """Take a conversation on."""
    return _change(request, thread_id, conversations.claim)


@require_POST
@clinical()
def close(request: HearthlineRequest, thread_id: UUID) -> HttpResponse:
    """Close a conversation."""
    return _change(request, thread_id, conversations.close)


@require_POST
@clinical()
def reopen(request: HearthlineRequest, thread_id: UUID) -> HttpResponse:
    """Open a conversation again."""
    return _change(request, thread_id, conversations.reopen)


@require_http_methods(["GET", "POST"])
@clinical()
def hand_over(request: HearthlineRequest, thread_id: UUID) -> HttpResponse:
    """Give a conversation to a colleague or another team."""
    found = access.get_thread_of_staff(request.actor, thread_id)
    form = HandOverForm(
        request.POST or None,
        pools=RoutingPool.objects.filter(is_active=True),
        members=access.possible_owners(),
        initial={"pool": found.pool_id},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        to = values["to"].user if values["to"] else None

        def hand(*, actor: Actor, thread: Thread) -> None:
            conversations.hand_over(
                actor=actor, thread=thread, pool=values["pool"], to=to, note=values["note"]
            )

        return _change(request, thread_id, hand, where=reverse("messaging:threads"))
    context = {"form": form, "thread": found}
    return render(request, "messaging/staff/hand_over.html", context, status=422 if form.errors else 200)


@require_GET
@clinical()
def attachment(request: HearthlineRequest, attachment_id: UUID) -> HttpResponseBase:
    """Send a file of a conversation."""
    return send_file(access.get_attachment_of_staff(request.actor, attachment_id))


def _change(
    request: HearthlineRequest, thread_id: UUID, change: Callable[..., object], *, where: str = ""
) -> HttpResponse:
    found = access.get_thread_of_staff(request.actor, thread_id)
    try:
        change(actor=request.actor, thread=found)
    except ConversationError as error:
        words = {
            "taken": _("A colleague has just taken this conversation on."),
            "closed": _("This conversation is closed. Open it again first."),
            "open": _("This conversation is open already."),
        }
        messages.warning(request, words[error.code])
        where = ""
    return SeeOther(where or reverse("messaging:thread", args=[thread_id]))


def _zone(actor: Actor) -> ZoneInfo:
    return ZoneInfo(Organization.objects.values_list("zone", flat=True).get(pk=actor.organization_id))


def _show(
    request: HttpRequest, actor: Actor, thread: Thread, form: StaffWritingForm, *, status: int = 200
) -> HttpResponse:
    page, said = page_of_messages(request, Message.objects.filter(thread=thread))
    conversations.note_reading(actor=actor, thread=thread, messages=said)
    path = list(thread.handovers.all())
    is_overdue = thread.answer_due_at is not None and thread.answer_due_at <= clock.now()
    context = {
        "thread": thread,
        "messages_said": said,
        "page": page,
        "handovers": path,
        "form": form,
        "zone": _zone(actor),
        "is_overdue": is_overdue,
        "is_mine": thread.owner_id == actor.user_id,
        "user_id": actor.user_id,
    }
    return render(request, "messaging/staff/thread.html", context, status=status)
