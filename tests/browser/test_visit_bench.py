"""From "Let in" to the first picture of the other, on both sides; relayed and not."""

import statistics

import pytest

from tests.bench import Measure
from tests.browser.calls import Call, ready_to_call
from tests.people import People

pytestmark = [pytest.mark.browser, pytest.mark.bench]
ROUNDS = 12
WAIT = "(count) => window.firstFrames.length >= count"
FIRST_FRAME_MILLISECONDS = 20_000


def rounds(call: Call) -> list[float]:
    """Let the patient in again and again; return the seconds until the later of the two saw the other."""
    clinician, patient = call.clinician(), call.patient()
    seconds = []
    for number in range(1, ROUNDS + 1):
        knock = clinician.locator("[data-knocking-admit]")
        knock.wait_for()
        clicked = clinician.evaluate(
            "() => { const at = Date.now(); document.querySelector('[data-knocking-admit]').click(); return at; }"
        )
        for page in (clinician, patient):
            page.wait_for_function(WAIT, arg=number, timeout=FIRST_FRAME_MILLISECONDS)
        seen = [page.evaluate("() => window.firstFrames.at(-1)") for page in (clinician, patient)]
        seconds.append((max(seen) - clicked) / 1000)
        clinician.get_by_role("tab", name="People").click()
        clinician.get_by_role("button", name="Put back").click()
        patient.locator("[data-waiting]").wait_for()
    return seconds


@pytest.mark.parametrize(("way", "bar"), [("direct", 1.0), ("relayed", 1.5)])
def test_admit_to_first_picture(
    committed: None, people: People, measured: Measure, way: str, bar: float
) -> None:
    with ready_to_call(people, is_relay_only=way == "relayed") as call:
        seconds = sorted(rounds(call))
    measured(f"admit to first picture, {way}, p50", statistics.median(seconds), bar, "s")
    measured(f"admit to first picture, {way}, p95", seconds[int(len(seconds) * 0.95)], bar * 2, "s")
