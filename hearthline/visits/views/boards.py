"""A picture shown to all: what the room's script loads, the picture itself, and keeping it with its marks."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from hearthline.audit import services as audit
from hearthline.foundation.blobs import BlobMissingError, open_blob
from hearthline.foundation.uploads import PDF, PNG, UploadRefusedError, receive_image, serve_as
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest, clinical, public, signed_in
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.imaging.intake.documents import PageError, draw_page
from hearthline.visits.access import get_visit_for, participant_for
from hearthline.visits.choices import ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.forms import BoardKeepForm
from hearthline.visits.models import Board, SharedFile
from hearthline.visits.services import boards, conversation
from hearthline.visits.views.guest import guest_of_request
from hearthline.visits.views.pages import kept_file

PAGES = "Hearthline-Pages"  # how many pages the document has whose page is sent


@require_GET
@signed_in
def panel(request: HearthlineRequest, visit_id: UUID) -> HttpResponse:
    """What is shown now, the tools, and the pictures that can be shown."""
    return _panel(request, request.actor, visit_id)


@require_GET
@public
def guest_panel(request: HttpRequest, organization_slug: str, visit_id: UUID) -> HttpResponse:
    """The same for a guest."""
    return _panel(request, _guest(request), visit_id)


def _guest(request: HttpRequest) -> Actor:
    actor = guest_of_request(request)
    if actor is None:
        raise Http404
    return actor


def _panel(request: HttpRequest, actor: Actor, visit_id: UUID) -> HttpResponse:
    visit = get_visit_for(actor, visit_id)
    participant = participant_for(actor, visit)
    is_in = participant.state == ParticipantState.ADMITTED
    pictures = SharedFile.objects.filter(visit=visit, content_type__in=boards.PICTURES)
    context = {
        "state": boards.describe_board(participant, visit),
        "pictures": pictures.select_related("participant") if is_in else (),
        "is_guest": actor.user_id is None,
        "may_keep": actor.is_clinician,
    }
    answer = render(request, "visits/_board.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_GET
@signed_in
def picture(
    request: HearthlineRequest, visit_id: UUID, board_id: UUID
) -> HttpResponse | StreamingHttpResponse:
    """The picture that is shown, to somebody who is in the visit."""
    return _picture(request.actor, visit_id, board_id)


@require_GET
@public
def guest_picture(
    request: HttpRequest, organization_slug: str, visit_id: UUID, board_id: UUID
) -> HttpResponse | StreamingHttpResponse:
    """The same for a guest."""
    return _picture(_guest(request), visit_id, board_id)


def _picture(actor: Actor, visit_id: UUID, board_id: UUID) -> HttpResponse | StreamingHttpResponse:
    visit = get_visit_for(actor, visit_id)
    participant = participant_for(actor, visit)
    board = get_object_or_404(
        Board.objects.select_related("file"), pk=board_id, visit=visit, closed_at__isnull=True
    )
    if participant.state != ParticipantState.ADMITTED or participant.is_aside:
        raise Http404
    audit.record(actor, "board.seen", board, patient_id=visit.patient_id)
    shown = board.file
    if shown.content_type == PDF:
        return _page(shown, board.page)
    return kept_file(shown.organization_id, shown.digest, shown.content_type, shown.name)


def _page(shown: SharedFile, number: int) -> HttpResponse:
    try:
        page = draw_page(open_blob(shown.organization_id, shown.digest).read(), number)
    except (BlobMissingError, PageError):
        raise Http404 from None
    return HttpResponse(page.content, headers={**serve_as(PNG, "page"), PAGES: str(page.pages)})


@require_POST
@clinical(*CLINICIAN_ROLES)
def keep(request: HearthlineRequest, visit_id: UUID, board_id: UUID) -> HttpResponse:
    """Keep the picture with its marks as a file of the visit."""
    visit = get_visit_for(request.actor, visit_id)
    board = get_object_or_404(Board, pk=board_id, visit=visit)
    form = BoardKeepForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"detail": VisitRefusedError("picture").words}, status=422)
    try:
        kept = boards.keep(
            actor=request.actor,
            board=board,
            participant=participant_for(request.actor, visit),
            upload=receive_image(form.cleaned_data["picture"]),
            key=form.cleaned_data["key"],
        )
    except UploadRefusedError as refused:
        return JsonResponse({"detail": str(refused)}, status=422)
    except VisitRefusedError as refused:
        return JsonResponse({"detail": refused.words}, status=409)
    return JsonResponse(conversation.describe_file(kept), status=201)
