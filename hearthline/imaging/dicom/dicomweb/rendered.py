"""Pictures of instances for browsers (PS3.18 8.3.5 and 10.4.1.1.3): rendered with a window, and thumbnails."""

import math
import re

from django.http import HttpRequest, HttpResponse

from hearthline.imaging.dicom import pictures
from hearthline.imaging.dicom.dicomweb.answers import Refusal
from hearthline.imaging.dicom.dicomweb.negotiation import accepted, takes
from hearthline.imaging.dicom.dicomweb.resources import Act, Resource
from hearthline.imaging.dicom.dicomweb.retrieve import ORIGINAL, as_refusal, find, first_of, note
from hearthline.imaging.dicom.models import Derived, Instance
from hearthline.imaging.dicom.scopes import Scope

FORMS = {"image/jpeg": "JPEG", "image/png": "PNG"}
FUNCTIONS = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
MOST_SIDE = 8192
MOST_VALUE = 10_000_000.0
DEFAULT_QUALITY = 90


def render(request: HttpRequest, scope: Scope, resource: Resource) -> HttpResponse:
    """Return a picture of an instance or frame; of a study or series, of the one in its middle.

    Raises:
        Http404: it does not exist under this root.
        Refusal: a parameter cannot be understood, or nothing of it can be drawn.
    """
    instance = _representative(scope, resource)
    frame = resource.frames[0] if resource.frames else 1
    if len(resource.frames) > 1:
        raise Refusal(406, "One frame is drawn at a time.")
    try:
        if resource.act is Act.THUMBNAIL:
            content, kind, quality = _thumbnail(instance, frame), "image/jpeg", "thumbnail"
        else:
            kind = takes(accepted(request), *FORMS)
            if not kind:
                raise Refusal(406, "Pictures are given as image/jpeg or image/png.")
            content = pictures.drawn(instance, frame, _wish(request, FORMS[kind]))
            quality = ORIGINAL if kind == "image/png" and "viewport" not in request.GET else "preview"
    except pictures.NoPictureError as fault:
        raise as_refusal(fault) from fault
    note(scope, instance.series.study, resource, [instance], quality)
    return HttpResponse(content, content_type=kind)


def preview(instance: Instance, frame: int) -> bytes:
    """Return the preview of a frame."""
    return pictures.derived(instance, Derived.Kind.PREVIEW, frame).read()


def _thumbnail(instance: Instance, frame: int) -> bytes:
    return pictures.derived(instance, Derived.Kind.THUMBNAIL, frame).read()


def _representative(scope: Scope, resource: Resource) -> Instance:
    found = find(scope, resource)
    if resource.instance:
        return first_of(found)
    with_pixels = found.filter(rows__isnull=False)
    count = with_pixels.count()
    if not count:
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
