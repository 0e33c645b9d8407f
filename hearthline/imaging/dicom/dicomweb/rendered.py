"""Pictures of instances for browsers (PS3.18 8.3.5 and 10.4.1.1.3): rendered with a window, and thumbnails."""

import hashlib
import math
import re

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from hearthline.imaging.dicom import pictures
from hearthline.imaging.dicom.access import GATEWAY
from hearthline.imaging.dicom.dicomweb.answers import Refusal
from hearthline.imaging.dicom.dicomweb.negotiation import accepted, takes
from hearthline.imaging.dicom.dicomweb.resources import Act, Resource
from hearthline.imaging.dicom.dicomweb.retrieve import FACTS, ORIGINAL, as_refusal, find, first_of, note
from hearthline.imaging.dicom.models import Derived, Instance
from hearthline.imaging.dicom.scopes import Scope

FORMS = {"image/jpeg": "JPEG", "image/png": "PNG"}
FUNCTIONS = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
MOST_SIDE = 8192
MOST_VALUE = 10_000_000.0
DEFAULT_QUALITY = 90
PREVIEW_SIDE = 1600  # a thumbnail for a viewport of this size is the stored preview
DRAWING = 1  # counted up when the same frame and wish give another picture than before


def render(request: HttpRequest, scope: Scope, resource: Resource) -> HttpResponse:
    """Return a picture of an instance or frame; of a study or series, of the one in its middle.

    Raises:
        Http404: it does not exist under this root.
        Refusal: a parameter cannot be understood, or nothing of it can be drawn.
    """
    frame = resource.frames[0] if resource.frames else 1
    if len(resource.frames) > 1:
        raise Refusal(406, "One frame is drawn at a time.")
    kind, wish, stored = "image/jpeg", None, Derived.Kind.THUMBNAIL
    is_thumbnail = resource.act is Act.THUMBNAIL
    if is_thumbnail and min(_viewport(request.GET.get("viewport", "")) or [0]) >= PREVIEW_SIDE:
        stored = Derived.Kind.PREVIEW
    found = find(scope, resource).only(*FACTS)
    instance = _representative(
        pictures.with_derived(found, stored, frame) if is_thumbnail else found, resource
    )
    quality = stored.value
    if resource.act is Act.RENDERED:
        kind = takes(accepted(request), *FORMS)
        if not kind:
            raise Refusal(406, "Pictures are given as image/jpeg or image/png.")
        wish = _wish(request, FORMS[kind])
        quality = ORIGINAL if kind == "image/png" and "viewport" not in request.GET else "preview"
    tag = _tag(instance, frame, wish or stored)
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = HttpResponse(_content(instance, frame, wish or stored), content_type=kind)
    note(scope, instance.series.study, resource, [instance], quality)
    response["ETag"], response["Vary"] = tag, "Accept"
    if scope.actor.kind == GATEWAY:  # a browser may be anybody's, and keeps nothing
        response["Cache-Control"] = "private, no-cache"
    return response


def _content(instance: Instance, frame: int, wanted: pictures.Wish | Derived.Kind) -> bytes:
    try:
        if isinstance(wanted, pictures.Wish):
            return pictures.drawn(instance, frame, wanted)
        kept: str | None = getattr(instance, "derived_sha256", None)
        blob = pictures.kept(instance, kept) if kept else pictures.derived(instance, wanted, frame)
        return blob.read()
    except pictures.NoPictureError as fault:
        raise as_refusal(fault) from fault


def _tag(instance: Instance, frame: int, wanted: pictures.Wish | Derived.Kind) -> str:
    """Return what stays the same as long as the picture does: originals never change."""
    facts = f"{DRAWING}|{instance.sha256}|{frame}|{wanted}"
    return f'"{hashlib.sha256(facts.encode()).hexdigest()[:32]}"'


def _representative(found: QuerySet[Instance], resource: Resource) -> Instance:
    if resource.instance:
        return first_of(found)
    with_pixels = found.filter(rows__isnull=False)
    count = with_pixels.count()
    if not count:
        if not found.exists():
            raise Http404
        raise Refusal(406, "Nothing of this can be drawn.")
    return with_pixels[count // 2]


def _wish(request: HttpRequest, form: str) -> pictures.Wish:
    quality = request.GET.get("quality", str(DEFAULT_QUALITY))
    if not re.fullmatch(r"[0-9]{1,3}", quality) or not 1 <= int(quality) <= 100:
        raise Refusal(400, "Write quality as a whole number from 1 to 100.")
    return pictures.Wish(
        form, int(quality), _window(request.GET.get("window", "")), _viewport(request.GET.get("viewport", ""))
    )


def _window(text: str) -> tuple[float, float, str] | None:
    if not text:
        return None
    parts = text.split(",")
    try:
        centre, width = float(parts[0]), float(parts[1])
        function = FUNCTIONS[parts[2].lower()] if len(parts) > 2 else "LINEAR"
    except (ValueError, IndexError, KeyError):
        raise Refusal(400, "Write window as centre,width,linear (or linear-exact, sigmoid).") from None
    is_sane = (
        all(math.isfinite(value) and abs(value) <= MOST_VALUE for value in (centre, width)) and width >= 1
    )
    if not is_sane:
        raise Refusal(400, "The window's width has to be 1 or more, and its numbers of a sensible size.")
    return centre, width, function


def _viewport(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = re.match(r"([0-9]{1,5}),([0-9]{1,5})(,|$)", text)
    if found is None or not all(1 <= int(side) <= MOST_SIDE for side in found.group(1, 2)):
        raise Refusal(400, f"Write viewport as width,height, each from 1 to {MOST_SIDE}.")
    return int(found.group(1)), int(found.group(2))
