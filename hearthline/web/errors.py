"""What a person reads when a page cannot be shown: what happened, and what to do next."""

import logging
import sys
import traceback
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

FRAMES = 8
logger = logging.getLogger(__name__)


def note_fault(**_: object) -> None:
    """Log which of our lines raised: the kind of fault and the places, never the message, which may hold values."""
    kind, _fault, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)[-FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    logger.error("fault", extra={"kind": kind.__name__ if kind else "", "places": places})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for a page that does not exist, or that this person may not know of."""
    return render(request, "web/errors/not_found.html", status=404)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for a page that the person's role does not include."""
    return render(request, "web/errors/refused.html", status=403)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for a request that could not be understood."""
    return render(request, "web/errors/unreadable.html", status=400)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer for a form whose forgery token is missing or old (a page left open over a sign-out, for example)."""
    return render(request, "web/errors/forged.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours; uses no database and no context, either of which may be the cause."""
    return HttpResponse(render_to_string("web/errors/broken.html"), status=500)
