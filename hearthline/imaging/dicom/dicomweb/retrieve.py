"""WADO-RS (PS3.18 10.4): objects, metadata, frames, pictures and bulk data out."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from hearthline.foundation.crypto import CompressedTextField
from hearthline.foundation.crypto.fields import Sealed
from hearthline.imaging.dicom import pictures
from hearthline.imaging.dicom.dicomweb.answers import (
    DICOM,
    DICOM_JSON,
    OCTETS,
    Part,
    Refusal,
    json_bytes,
    multipart,
    ranged,
)
from hearthline.imaging.dicom.dicomweb.negotiation import ANY, Accepted, accepted, takes
from hearthline.imaging.dicom.dicomweb.resources import Act, Resource
from hearthline.imaging.dicom.models import Instance, Study
from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.imaging.dicom.scopes import Scope

MOST_METADATA = 5000  # instances in one answer
PIXEL_DATA = "7FE00010"
ORIGINAL = "original"  # the quality of what is given as it is stored, or without loss
# What giving an instance away needs to know of it, and of where it stands.
FACTS = (
    *("organization_id", "created_at", "sop_uid", "transfer_syntax", "sha256", "frames"),
    *("rows", "columns", "bits_allocated"),
    *("series__series_uid", "series__study__study_uid", "series__study__patient"),
)
HEADER_COLUMNS = (
    *("pk", "organization_id", "created_at", "sop_uid", "metadata"),
    *("series__series_uid", "series__study_id", "series__study__patient_id"),
)
SEALED_HEADER = cast("CompressedTextField[str, str]", Instance._meta.get_field("metadata"))
# A spacing with a value that is not above zero is none, and viewers that believe it draw nothing (OHIF: all black).
NOT_ABOVE_ZERO = r"(?<![\d.])(?:-[\d.e-]+|0(?:\.0*)?)(?=[,\]])"
NO_SPACING = re.compile(r'"00280030":\{"vr":"DS","Value":\[[^\]]*?' + NOT_ABOVE_ZERO + r"[^\]]*\]\}")
WRITABLE = {syntaxes.EXPLICIT_LITTLE, syntaxes.HTJ2K_LOSSLESS}
NOT_ACCEPTABLE = "None of the media types and transfer syntaxes in Accept can be given for this resource."


class Header(NamedTuple):
    """A header of an instance as the database keeps it, and where it stands; in the order of ``HEADER_COLUMNS``."""

    pk: UUID
    organization_id: UUID
    created_at: datetime
    sop_uid: str
    sealed: Sealed
    series_uid: str
    study_id: UUID
    patient_id: UUID


def find(scope: Scope, resource: Resource) -> QuerySet[Instance]:
    """Return the instances that an address names, in their order; there may be none, which is a 404."""
    named = {"series__study__study_uid": resource.study}
    if resource.series:
        named["series__series_uid"] = resource.series
    if resource.instance:
        named["sop_uid"] = resource.instance
    found = scope.instances().filter(**named)
    return found.select_related("series__study").order_by("series__number", "series_id", "number", "id")


def first_of(instances: QuerySet[Instance]) -> Instance:
    """Return the instance of an address that names one; of two with its UID, the one received first.

    Raises:
        Http404: there is none under this root.
    """
    found = instances.order_by("created_at", "id").first()
    if found is None:
        raise Http404
    return found


def retrieve(request: HttpRequest, scope: Scope, resource: Resource) -> HttpResponseBase:
    """Answer a retrieval.

    Raises:
        Http404: it does not exist under this root.
        Refusal: it cannot be given as asked.
    """
    instances = find(scope, resource)
    try:
        if resource.act is Act.METADATA:
            return _metadata(request, scope, instances, resource)
        if resource.act is Act.OBJECTS:
            rows = _listed(instances.only(*FACTS), resource)
            response: HttpResponseBase = _objects(request, rows, resource)
        elif resource.act is Act.FRAMES:
            rows = [first_of(instances.only(*FACTS))]
            response = _frames(request, rows[0], resource.frames)
        else:
            rows = [first_of(instances.only(*FACTS, "bulk"))]
            response = _bulk(request, rows[0], resource.bulk)
    except pictures.NoPictureError as fault:
        raise as_refusal(fault) from fault
    note(scope, rows[0].series.study, resource, rows, ORIGINAL)
    return response


def _listed(instances: QuerySet[Instance], resource: Resource) -> list[Instance]:
    """Return the rows of an address; of two with the UID of an instance that it names, the one received first."""
    rows = list(instances)
    if not rows:
        raise Http404
    return [min(rows, key=lambda row: (row.created_at, row.pk))] if resource.instance else rows


def note(
    scope: Scope, study: Study, resource: Resource, images: Iterable[Instance] = (), quality: str = ""
) -> None:
    """Record who looked at what: at which images, in which quality."""
    scope.note(f"imaging_study.{resource.act.value}.read", study, images, quality)


def as_refusal(fault: pictures.NoPictureError) -> Exception:
    """Return the answer to what has no picture."""
    if fault.code == "frame":
        return Http404()
    if fault.code == "busy":
        return Refusal(503, "Too many pictures are being prepared. Try again in a few seconds.")
    return Refusal(406, "These pixels cannot be decoded here. Retrieve the object as it is stored.")


def _metadata(
    request: HttpRequest, scope: Scope, instances: QuerySet[Instance], resource: Resource
) -> HttpResponse:
    """Answer with the headers as they were written at receipt; only what the answer needs is read of the rows."""
    if not takes(accepted(request), DICOM_JSON, "application/json"):
        raise Refusal(406, "Metadata is given as application/dicom+json.")
    rows = [Header(*row) for row in instances.values_list(*HEADER_COLUMNS)[:MOST_METADATA]]
    if not rows:
        raise Http404
    if resource.instance:
        rows = [min(rows, key=lambda row: (row.created_at, row.pk))]
    root = request.build_absolute_uri(f"{scope.root}/studies/{resource.study}/series/")
    written = []
    for row in rows:
        base = f"{root}{row.series_uid}/instances/{row.sop_uid}"
        text = SEALED_HEADER.open(row, row.sealed)
        text = text.replace('"BulkDataURI":"', f'"BulkDataURI":"{base}/bulkdata/')
        if scope.actor.user_id is not None:  # a person's viewer; machines get what was sent
            text = NO_SPACING.sub('"00280030":{"vr":"DS"}', text)
        written.append(_with_pixels(text, f"{base}/bulkdata/{PIXEL_DATA}"))
    first = rows[0]
    study = Study(id=first.study_id, organization_id=first.organization_id, patient_id=first.patient_id)
    note(scope, study, resource)
    return json_bytes(request, b"[" + ",".join(written).encode() + b"]")


def _with_pixels(text: str, address: str) -> str:
    """Say where pixel data is to be had."""
    for kind in ("OW", "OB"):
        text = text.replace(
            f'"{PIXEL_DATA}":{{"vr":"{kind}"}}', f'"{PIXEL_DATA}":{{"vr":"{kind}","BulkDataURI":"{address}"}}'
        )
    return text


def _objects(request: HttpRequest, rows: list[Instance], resource: Resource) -> HttpResponseBase:
    kinds = [one for one in accepted(request) if one.kind in {DICOM, ANY, "application/*"}]
    if not kinds:
        raise Refusal(406, NOT_ACCEPTABLE)
    if kinds[0].kind == DICOM and not kinds[0].is_multipart and resource.instance:
        row = rows[0]
        content = b"".join(_object(row, _syntax_for(row, kinds)))
        response = HttpResponse(content, content_type=DICOM)
        response["ETag"] = f'"{row.sha256}"'
        return response
    wanted = [(row, _syntax_for(row, kinds)) for row in rows]
    return multipart(_object_parts(wanted), DICOM)


def _object_parts(wanted: list[tuple[Instance, str]]) -> Iterator[Part]:
    for row, syntax in wanted:
        yield f"{DICOM};transfer-syntax={syntax}", _object(row, syntax)


def _syntax_for(instance: Instance, kinds: list[Accepted]) -> str:
    """Return the transfer syntax an object is given in: as it is stored where the client takes that or names none.

    Raises:
        Refusal: the client takes none that it can be given in.
    """
    for one in kinds:
        if one.syntax in {"", "*", instance.transfer_syntax}:
            return instance.transfer_syntax
        if one.syntax in WRITABLE and (instance.frames or one.syntax == syntaxes.EXPLICIT_LITTLE):
            return one.syntax
    raise Refusal(406, NOT_ACCEPTABLE)


def _object(instance: Instance, syntax: str) -> Iterator[bytes]:
    if syntax == instance.transfer_syntax:
        return pictures.original(instance).stream()
    return iter([pictures.transcoded(instance, syntax)])


def _frames(request: HttpRequest, instance: Instance, numbers: tuple[int, ...]) -> HttpResponseBase:
    for one in accepted(request):
        given = _frames_as(instance, numbers, one)
        if given is None:
            continue
        content_type, contents = given
        if len(contents) == 1 and not one.is_multipart and one.kind != ANY:
            return _ranged_bytes(request, contents[0], content_type)
        return multipart(((content_type, [content]) for content in contents), content_type.split(";")[0])
    raise Refusal(406, NOT_ACCEPTABLE)


def _frames_as(instance: Instance, numbers: tuple[int, ...], one: Accepted) -> tuple[str, list[bytes]] | None:
    """Return frames in an accepted form (content type, contents), or None if they cannot be given in it."""
    stored = instance.transfer_syntax
    stored_type = syntaxes.MEDIA_TYPES.get(stored, OCTETS)
    is_as_stored = one.kind in {stored_type, "image/*"} and one.syntax in {"", "*", stored}
    if (is_as_stored and stored_type != OCTETS) or (one.syntax == "*" and one.kind in {OCTETS, ANY}):
        contents = [b"".join(pictures.stored_frame(instance, number)) for number in numbers]
        return f"{stored_type};transfer-syntax={stored}", contents
    if one.kind in {"image/jphc", "image/jph"} or (
        one.kind == OCTETS and one.syntax == syntaxes.HTJ2K_LOSSLESS
    ):
        contents = pictures.lossless_frames(instance, numbers)
        return f"{one.kind};transfer-syntax={syntaxes.HTJ2K_LOSSLESS}", contents
    if one.kind in {OCTETS, ANY, "application/*"} and one.syntax in {"", syntaxes.EXPLICIT_LITTLE}:
        contents = pictures.plain_frames(instance, numbers)
        return f"{OCTETS};transfer-syntax={syntaxes.EXPLICIT_LITTLE}", contents
    return None


def _ranged_bytes(request: HttpRequest, content: bytes, content_type: str) -> HttpResponse:
    part = ranged(request, len(content))
    if part is None:
        response = HttpResponse(content, content_type=content_type)
    else:
        response = HttpResponse(content[part[0] : part[1]], content_type=content_type, status=206)
        response["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{len(content)}"
    response["Accept-Ranges"] = "bytes"
    return response


def _bulk(request: HttpRequest, instance: Instance, path: str) -> HttpResponseBase:
    if path == PIXEL_DATA and instance.frames:
        content = b"".join(pictures.plain_frames(instance, range(1, len(instance.frames) + 1)))
    elif path in instance.bulk:
        offset, length = instance.bulk[path]
        content = b"".join(pictures.original(instance).stream(offset, offset + length))
    else:
        raise Http404
    kinds = accepted(request)
    if not takes(kinds, OCTETS):
        raise Refusal(406, "Bulk data is given as application/octet-stream.")
    if not any(one.is_multipart for one in kinds):
        return _ranged_bytes(request, content, OCTETS)
    part = ranged(request, len(content))
    if part is None:
        return multipart([(OCTETS, [content])], OCTETS)
    response = multipart([(OCTETS, [content[part[0] : part[1]]])], OCTETS, status=206)
    response["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{len(content)}"
    return response
