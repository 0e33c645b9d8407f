"""What both sides' pages share: forms with a ticket, words kept when a session ended, files sent back."""

from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse

from hearthline.foundation import blobs, uploads
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.identity.policy import Policy
from hearthline.messaging import drafts
from hearthline.messaging.drafts import Ticket
from hearthline.messaging.models import Attachment, Message

PAGE_SIZE = 20
MESSAGES_PER_PAGE = 50


class SeeOther(HttpResponseRedirect):
    """After a POST: fetch the page anew."""

    status_code = 303


def begin_form(actor: Actor, place: str) -> dict[str, Any]:
    """Return a form's first values: a key, a ticket, and the words begun earlier."""
    draft = drafts.find(actor, place)
    words = {"text": draft.text, "subject": draft.subject} if draft is not None else {}
    return {"key": str(new_id()), "ticket": drafts.make_ticket(actor, place), **words}


def actor_under(policy: Policy, request: HttpRequest) -> Actor | None:
    """Return the actor if the policy admits them now; the send routes are open so that they can keep words."""
    actor = cast("Actor | None", getattr(request, "actor", None))
    if actor is None or not policy.admits(actor) or policy.wants_second_factor_from(actor):
        return None
    return actor


def keep_words(request: HttpRequest, *, place: str, where: str) -> HttpResponse:
    """Keep what was written as a draft, if the form's ticket is good, and ask to sign in."""
    ticket: Ticket | None = drafts.read_ticket(request.POST.get("ticket", "")[:400])
    if ticket is not None and ticket.place == place:
        drafts.keep(ticket, text=request.POST.get("text", ""), subject=request.POST.get("subject", ""))
    return SeeOther(f"{settings.LOGIN_URL}?{urlencode({'next': where, 'because': 'idle'})}")


def send_file(attachment: Attachment) -> StreamingHttpResponse:
    """Return a kept file as its kind may safely be sent."""
    blob = blobs.open_blob(attachment.organization_id, attachment.sha256)
    response = StreamingHttpResponse(blob.stream())
    for name, value in uploads.serve_as(attachment.content_type, attachment.name).items():
        response[name] = value
    return response


def page_of_messages(request: HttpRequest, said: QuerySet[Message]) -> tuple[Page[Message], list[Message]]:
    """Return one page of a conversation, the latest first page, each in the order in which it was said."""
    newest_first = said.order_by("-created_at", "-id").prefetch_related("attachments", "reads")
    page = Paginator(newest_first, MESSAGES_PER_PAGE).get_page(request.GET.get("page"))
    return page, list(reversed(page.object_list))
