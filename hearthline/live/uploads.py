"""The tus server: files in pieces over lines that break (``imaging.intake`` keeps them).

Every verb asks for the session and the owner again. Bytes are on disk before they are acknowledged; those of a request
that broke off stay. A newer request for the same upload takes over from one that hangs, in whatever process it is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import translation
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.policy import Policy
from hearthline.imaging.intake import access, drafts, services
from hearthline.imaging.intake.choices import UploadState, View
from hearthline.imaging.intake.drafts import DiskFullError, Draft, DraftBusyError, DraftMissingError
from hearthline.imaging.intake.models import Upload
from hearthline.imaging.intake.rules import MAX_FILE_BYTES
from hearthline.imaging.intake.words import upload_sentence
from hearthline.live import limits, tus
from hearthline.live.doors import NobodyError, NotAdmittedError, as_actor, is_forged, language_of, live_route
from hearthline.live.receiving import Body, End
from hearthline.live.turns import Turn, Turns
from hearthline.live.tus import ProtocolError

UPLOADS = "/live/uploads"
SENDERS = Policy("people who send files", roles=frozenset(access.SENDERS), is_background=True)
WRITERS = 8
SAFE = {"HEAD", "OPTIONS"}
TOO_MANY, TAKEN_OVER, DISK_FULL, ALTERED = 429, 409, 507, 460  # 460 is tus's own
_turns = Turns()
_writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="uploads")
Result = TypeVar("Result")
Verb = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """The upload cannot go on like this. ``code`` has a sentence for a person in ``imaging.intake.words``, or none."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(frozen=True)
class Known:
    """What the database says of an upload."""

    upload: Upload
    is_finished: bool

    @property
    def length(self) -> int:
        """How long the whole file is, in bytes."""
        return self.upload.length


def guarded(verb: Verb) -> Verb:
    """Wrap a route: version, forgery, session and refusals are answered here, in tus's words and ours."""

    async def answer(request: Request) -> Response:
        try:
            method = tus.method_of(request.method, request.headers)
            if method not in SAFE and is_forged(request):
                raise RefusedError(403, "forged")
            response = await _in_protocol(verb, request, method)
        except (RefusedError, ProtocolError, NobodyError, NotAdmittedError, Http404) as error:
            with translation.override(language_of(request)):
                response = _refusal(error)
        response.headers["tus-resumable"] = tus.VERSION
        response.headers["cache-control"] = "no-store"
        return response

    return answer


async def _in_protocol(verb: Verb, request: Request, method: str) -> Response:
    try:
        tus.check_version(method, request.headers)
        return await verb(request)
    except ProtocolError:
        await as_actor(request, lambda actor: actor)  # nobody learns anything before they have signed in
        raise


def _refusal(error: Exception) -> Response:
    if isinstance(error, ProtocolError):
        headers = {"tus-version": tus.VERSION} if error.status == 412 else {}
        return JSONResponse({"code": error.code, "detail": ""}, error.status, headers=headers)
    if isinstance(error, RefusedError):
        body = {"code": error.code, "detail": upload_sentence(error.code)}
        return JSONResponse(body, error.status, headers={"connection": "close"})
    if isinstance(error, NobodyError):
        return JSONResponse({"code": "signed_out", "detail": ""}, 401)
    if isinstance(error, NotAdmittedError):
        return JSONResponse({"code": "not_allowed", "detail": ""}, 403)
    return JSONResponse({"code": "unknown", "detail": ""}, 404)


@live_route(SENDERS)
@guarded
async def uploads(request: Request) -> Response:
    """Tell what is offered (OPTIONS), or begin an upload (POST), perhaps with its first bytes."""
    if request.method == "OPTIONS":
        await as_actor(request, lambda actor: actor)
        return Response(status_code=204, headers=tus.capabilities(MAX_FILE_BYTES))
    length, metadata = tus.length_of(request.headers), tus.metadata_of(request.headers)
    if metadata.view and metadata.view not in View.values:
        raise ProtocolError(400, "upload-metadata")
    plan = services.Plan(
        key=metadata.key,
        length=length,
        sha256=metadata.sha256,
        metadata=request.headers.get("upload-metadata", ""),
        view=metadata.view,
        is_sent_anyway=metadata.is_sent_anyway,
    )
    upload = await as_actor(request, partial(_begin, metadata=metadata, plan=plan))
    headers = {"location": f"{UPLOADS}/{upload.pk}", **tus.expires(upload.expires_at)}
    known = Known(upload, upload.state == UploadState.FINISHED)
    has_body = request.headers.get("content-type") == tus.CONTENT_TYPE
    if not known.is_finished and (has_body or length == 0):
        body = Body(request, tus.checksum_of(request.headers))
        try:
            with _turns.queue(upload.pk) as turn:
                headers["upload-offset"] = str(await _take(request, known, body, turn, declared_offset=0))
        finally:
            body.close()
    return Response(status_code=201, headers=headers)


def _begin(actor: Actor, *, metadata: tus.Metadata, plan: services.Plan) -> Upload:
    if not limits.uploads.allows(f"{actor.user_id}"):
        raise RefusedError(TOO_MANY, "too_many")
    capture = None
    if metadata.capture_id is not None:
        capture = access.get_capture_to_fill_for(actor, metadata.capture_id)
        patient = capture.patient
    else:
        patient = access.get_patient_to_send_for(actor, metadata.patient_id or UUID(int=0))
    try:
        return services.begin_upload(actor, patient=patient, capture=capture, plan=plan)
    except services.TooLargeError:
        raise RefusedError(413, "too_large") from None
    except services.QuotaError:
        raise RefusedError(413, "quota") from None
    except DiskFullError:
        raise RefusedError(DISK_FULL, "disk_full") from None


@live_route(SENDERS)
@guarded
async def upload(request: Request) -> Response:
    """Tell how much has arrived (HEAD), take more (PATCH), or take the upload back (DELETE)."""
    method = tus.method_of(request.method, request.headers)
    if method == "OPTIONS":
        await as_actor(request, lambda actor: actor)
        return Response(status_code=204, headers=tus.capabilities(MAX_FILE_BYTES))
    verbs = {"HEAD": _head, "PATCH": _patch, "DELETE": _delete}
    if method not in verbs:
        raise ProtocolError(405, "method")
    with _turns.queue(request.path_params["upload_id"]) as turn:
        return await verbs[method](request, turn)


async def _head(request: Request, turn: Turn) -> Response:
    known = await as_actor(request, partial(_known, request.path_params["upload_id"]))
    await turn.come()
    offset = known.length if known.is_finished else await _offset_on_disk(request, known)
    headers = {
        "upload-offset": str(offset),
        "upload-length": str(known.length),
        **tus.expires(known.upload.expires_at),
    }
    if known.upload.metadata:
        headers["upload-metadata"] = known.upload.metadata
    return Response(status_code=200, headers=headers)


async def _patch(request: Request, turn: Turn) -> Response:
    if request.headers.get("content-type") != tus.CONTENT_TYPE:
        raise ProtocolError(415, "content-type")
    declared = tus.number(request.headers, "upload-offset")
    body = Body(request, tus.checksum_of(request.headers))
    try:
        known = await as_actor(request, partial(_known, request.path_params["upload_id"]))
        await turn.come()
        offset = await _take(request, known, body, turn, declared_offset=declared)
    finally:
        body.close()
    headers = {"upload-offset": str(offset), **tus.expires(known.upload.expires_at)}
    return Response(status_code=204, headers=headers)


async def _delete(request: Request, _turn: Turn) -> Response:
    def work(actor: Actor) -> None:
        known = _known(request.path_params["upload_id"], actor)
        services.end_upload(actor, upload=known.upload, state=UploadState.TERMINATED)
        transaction.on_commit(partial(drafts.remove_draft, known.upload.organization_id, known.upload.pk))

    await as_actor(request, work)
    return Response(status_code=204)


def _known(upload_id: UUID, actor: Actor) -> Known:
    found = access.get_upload_for(actor, upload_id)
    is_late = found.state == UploadState.RECEIVING and found.expires_at < clock.now()
    if is_late or found.state in {UploadState.EXPIRED, UploadState.FAILED}:
        raise RefusedError(410, "gone")
    return Known(found, found.state == UploadState.FINISHED)


async def _offset_on_disk(request: Request, known: Known) -> int:
    draft = await _opened(known)
    try:
        if draft.size == known.length:  # complete, and the process died before it could say so
            await _finish(request, known, draft)
        return draft.size
    finally:
        await in_writer(draft.close)


async def _take(request: Request, known: Known, body: Body, turn: Turn, *, declared_offset: int) -> int:
    """Take the body of a request behind what is there; return the new offset."""
    if known.is_finished:
        if declared_offset != known.length:
            raise RefusedError(409, "offset")
        return known.length
    draft = await _opened(known)
    try:
        if draft.size != declared_offset:
            raise RefusedError(409, "offset")
        room = known.length - draft.size
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > room:
            raise RefusedError(413, "too_long")
        end = await body.take(
            draft,
            room,
            run=in_writer,
            is_signed_in=partial(_is_signed_in, request, known.upload.pk),
            is_superseded=lambda: turn.is_superseded,
        )
        _answer_for(end)
        if draft.size == known.length:
            await _finish(request, known, draft)
        else:
            await as_actor(request, lambda _actor: services.note_offset(known.upload, draft.size))
        return draft.size
    except DiskFullError:
        raise RefusedError(DISK_FULL, "disk_full") from None
    finally:
        await in_writer(draft.close)


def _answer_for(end: End) -> None:
    refusals = {
        End.TAKEN_OVER: (TAKEN_OVER, "taken_over"),
        End.CUT: (408, "cut"),
        End.STALLED: (408, "stalled"),
        End.TOO_LONG: (413, "too_long"),
        End.ALTERED: (ALTERED, "altered"),
    }
    if end is End.SIGNED_OUT:
        raise NobodyError
    if end in refusals:
        raise RefusedError(*refusals[end])


async def _finish(request: Request, known: Known, draft: Draft) -> None:
    name = tus.read_metadata(known.upload.metadata).get("filename", "")

    def work(actor: Actor) -> None:
        services.finish_upload(actor, upload=known.upload, draft=draft, name=name)

    def give_up(actor: Actor) -> None:
        services.end_upload(actor, upload=known.upload, state=UploadState.FAILED)

    try:
        await as_actor(request, work)
    except services.AlteredError:
        await as_actor(request, give_up)
        await in_writer(partial(drafts.remove_draft, known.upload.organization_id, known.upload.pk))
        raise RefusedError(ALTERED, "altered") from None
    except services.QuotaError:
        raise RefusedError(DISK_FULL, "crowded") from None
    await in_writer(partial(drafts.remove_draft, known.upload.organization_id, known.upload.pk))


async def _opened(known: Known) -> Draft:
    try:
        return await in_writer(partial(Draft, known.upload.organization_id, known.upload.pk))
    except DraftBusyError:
        raise RefusedError(423, "busy") from None
    except DraftMissingError:
        raise RefusedError(410, "gone") from None


async def _is_signed_in(request: Request, upload_id: UUID) -> bool:
    try:
        await as_actor(request, partial(_known, upload_id))
    except (NobodyError, NotAdmittedError, Http404, RefusedError):
        return False
    return True


async def in_writer(work: Callable[[], Result]) -> Result:
    """Run work on a draft in a thread of its own kind, so that a slow disk does not hold up calls."""
    return await asyncio.get_running_loop().run_in_executor(_writers, work)
