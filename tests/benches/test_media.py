"""Calls: from "Let in" to the first picture of the other, and what is heard and seen on bad lines (``docs/media.md``).

On a bad line the patient is the one who has it; of both people the one who hears worse counts.
"""

import statistics
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from hearthline.demo.line import CLEAR, DOWN, Emulator, Line
from tests.bench import Measure
from tests.benches.watching import Watched, is_back, seconds_until, watch
from tests.browser.calls import Call, ready_to_call
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.bench]
ROUNDS = 12
WAIT = "(count) => window.firstFrames.length >= count"
FIRST_FRAME_MILLISECONDS = 20_000
WAITED_MILLISECONDS = 3_000  # nobody is let in at once: the waiting page is there and quiet


def rounds(call: Call) -> list[float]:
    """Let the patient in again and again; return the seconds until the later of the two saw the other.

    Who is put back waits on a fresh page: it counts its pictures anew.
    """
    clinician, patient = call.clinician(), call.patient()
    seconds = []
    for number in range(1, ROUNDS + 1):
        knock = clinician.locator("[data-knocking-admit]")
        knock.wait_for()
        patient.wait_for_timeout(WAITED_MILLISECONDS)
        clicked = clinician.evaluate(
            "() => { const at = Date.now(); document.querySelector('[data-knocking-admit]').click(); return at; }"
        )
        for page, count in ((clinician, number), (patient, 1)):
            page.wait_for_function(WAIT, arg=count, timeout=FIRST_FRAME_MILLISECONDS)
        seen = [page.evaluate("() => window.firstFrames.at(-1)") for page in (clinician, patient)]
        seconds.append((max(seen) - clicked) / 1000)
        clinician.get_by_role("tab", name="People").click()
        with patient.expect_navigation():
            clinician.get_by_role("button", name="Put back").click()
    return seconds


@pytest.mark.parametrize(("way", "bar"), [("direct", 1.0), ("relayed", 1.5)])
def test_admit_to_first_picture(
    committed: None, people: People, measured: Measure, way: str, bar: float
) -> None:
    with ready_to_call(people, is_relay_only=way == "relayed") as call:
        seconds = sorted(rounds(call))
    measured(f"admit to first picture, {way}, p50", statistics.median(seconds), bar, "s")
    measured(f"admit to first picture, {way}, p95", seconds[int(len(seconds) * 0.95)], bar * 2, "s")


@dataclass(frozen=True)
class Case:
    """A bad line and what has to be heard and seen on it."""

    name: str
    line: Line
    concealment: float
    has_picture: bool = False


WEAK = Case(
    "150 kbit/s, 5 % loss, 300 ms", Line(kilobits=150, loss=0.05, delay_ms=150), 0.02, has_picture=True
)
THIN = Case("40 kbit/s, 2 % loss, 300 ms", Line(kilobits=40, loss=0.02, delay_ms=150), 0.03)
LOSSY = Case("30 % loss, 100 ms", Line(loss=0.3, delay_ms=50), 0.12)
SETTLE_SECONDS = 20.0
WATCHED_SECONDS = 20.0
DOWN_SECONDS = 10.0
BACK_SECONDS = 40.0
AFTER_CLEARING_SECONDS = 30.0
OUTAGE_SECONDS = 25.0
AFTER_OUTAGE_SECONDS = 8.0
PATIENCE = 3.0  # times the bar: then a figure is noted as missed rather than waited for
PICTURES = 8.0
BUFFER_MS = 250.0


def on_a_bad_line(pages: tuple[Page, Page], line: Emulator, case: Case, measured: Measure) -> None:
    """Impair, watch, clear, and watch again: one encounter throughout."""
    line.line = case.line
    if not case.has_picture:
        down = seconds_until(lambda: _rungs(pages) <= {"audio", "floor"}, DOWN_SECONDS * PATIENCE)
        measured(f"{case.name}: down to voice", down, DOWN_SECONDS, "s")
    watch(pages, SETTLE_SECONDS)
    watched = watch(pages, WATCHED_SECONDS)
    measured(f"{case.name}: made up of what is heard", _worst(watched), case.concealment, "")
    if case.has_picture:
        seen = min(one.pictures for one in watched) if "audio" not in _rungs(pages) else PICTURES
        measured(f"{case.name}: pictures, or voice by decision", seen, PICTURES, "/s", is_floor=True)
    line.line = CLEAR
    back = seconds_until(lambda: _rungs(pages) == {"full"}, BACK_SECONDS * PATIENCE)
    measured(f"{case.name}, then clear: full picture", back, BACK_SECONDS, "s")
    _buffer(pages, max(0.0, AFTER_CLEARING_SECONDS - back), f"{case.name}, then clear", measured)


def _buffer(pages: tuple[Page, Page], wait: float, name: str, measured: Measure) -> None:
    watch(pages, wait)
    waited = max(one.buffer_ms for one in watch(pages, 5.0))
    measured(f"{name}: sound held back after 30 s", waited, BUFFER_MS, "ms")


def _rungs(pages: tuple[Page, Page]) -> set[str]:
    return {page.locator("[data-link-state]").get_attribute("data-rung") or "" for page in pages}


def _worst(watched: tuple[Watched, Watched]) -> float:
    return max(one.concealment for one in watched)


@pytest.mark.parametrize("case", [WEAK, THIN, LOSSY], ids=["weak", "thin", "lossy"])
def test_bad_lines(committed: None, people: People, measured: Measure, case: Case) -> None:
    with ready_to_call(people, is_relay_only=True) as call:
        pages = call.meet()
        watch(pages, 10.0)
        assert call.line is not None
        on_a_bad_line(pages, call.line, case, measured)
        call.assert_one_encounter()


def test_an_outage(committed: None, people: People, measured: Measure) -> None:
    with ready_to_call(people, is_relay_only=True) as call:
        pages = call.meet()
        assert call.line is not None
        call.line.line = DOWN
        watch(pages, OUTAGE_SECONDS)
        call.line.line = CLEAR
        back = seconds_until(lambda: all(is_back(page) for page in pages), AFTER_OUTAGE_SECONDS * PATIENCE)
        measured("25 s without a line: heard again", back, AFTER_OUTAGE_SECONDS, "s")
        _buffer(pages, AFTER_CLEARING_SECONDS - back, "25 s without a line", measured)
        call.assert_one_encounter()
