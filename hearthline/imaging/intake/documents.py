"""A page of a document as a picture, for people who look at it together."""

from dataclasses import dataclass

from hearthline.foundation import sandbox
from hearthline.foundation.sandbox import Limits

DRAW_PAGE = "hearthline.imaging.intake.sandboxed.pages:draw_page"
SIDE = 1800  # dots of the longer side: small print can be read, a page is some hundred kilobytes
MEGABYTE = 1024 * 1024
LIMITS = Limits(memory_bytes=700 * MEGABYTE, cpu_seconds=10, wall_seconds=15.0, output_bytes=40 * MEGABYTE)


class PageError(Exception):
    """There is no such page, or the document cannot be drawn."""


@dataclass(frozen=True)
class Page:
    """One page as PNG, and how many there are."""

    content: bytes
    pages: int


def draw_page(content: bytes, number: int) -> Page:
    """Return one page of a PDF, counted from 1.

    Raises:
        PageError: there is no such page, or the document is damaged or too costly to draw.
    """
    try:
        answer = sandbox.run_warm(DRAW_PAGE, content, options={"number": number, "side": SIDE}, limits=LIMITS)
    except sandbox.SandboxError as error:
        raise PageError(error.code) from error
    return Page(answer.parts[0], int(answer.facts["pages"]))
