"""The ladder's decisions, second by second, in the browser that will make them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Run = Callable[[list[dict[str, Any]]], list[str]]
GOOD = {"available": 2_000_000, "lost": 0, "concealment": 0, "bufferMs": 60, "roundTripMs": 80, "flows": True}
DECIDE = """async ([address, seconds]) => {
  const { begin, decide } = await import(address);
  let state = begin();
  return seconds.map((seen) => (state = decide(state, seen, seen.ceiling ?? "full")).rung);
}"""
SHAPE = """async ([address, sdp, shape]) => (await import(address)).shapeVoice(sdp, shape)"""
SDP = "\r\n".join(
    [
        "v=0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 63 111 0",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:63 red/48000/2",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "a=rtpmap:96 VP8/90000",
        "",
    ]
)


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Page:
    page: Page = open_page("/", "desktop")[0]
    return page


@pytest.fixture
def run(page: Page) -> Run:
    def play(seconds: list[dict[str, Any]]) -> list[str]:
        rungs: list[str] = page.evaluate(DECIDE, ["/static/visits/ladder-rules.js", seconds])
        return rungs

    return play


def seconds(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**GOOD, **changes} for _ in range(count)]


def test_a_good_line_stays_full(run: Run) -> None:
    assert set(run(seconds(30))) == {"full"}


def test_the_first_seconds_of_a_connection_decide_nothing(run: Run) -> None:
    assert set(run(seconds(4, available=100_000, lost=0.5))) == {"full"}


def test_a_collapse_goes_straight_to_voice(run: Run) -> None:
    rungs = run(seconds(10) + seconds(1, lost=0.4))
    assert rungs[-2:] == ["full", "audio"]
    assert run(seconds(10) + seconds(2, available=40_000))[-1] == "audio"


def test_a_narrower_line_gets_what_it_carries(run: Run) -> None:
    assert run(seconds(10) + seconds(3, available=300_000))[-1] == "low"
    assert run(seconds(10) + seconds(3, available=90_000))[-1] == "minimal"
    assert run(seconds(10) + seconds(2, available=300_000))[-1] == "full", "two bad seconds are none"


def test_the_picture_climbs_back_within_forty_seconds(run: Run) -> None:
    rungs = run(seconds(10) + seconds(15, available=40_000, lost=0.3, roundTripMs=900) + seconds(40))
    assert rungs[-1] == "full", rungs
    climbed = list(dict.fromkeys(rungs[20:]))
    assert climbed == ["floor", "audio", "minimal", "low", "full"]


def test_a_full_queue_takes_the_voice_to_its_smallest_form(run: Run) -> None:
    assert run(seconds(10) + seconds(15, available=40_000, roundTripMs=1500))[-1] == "floor"
    assert run(seconds(10) + seconds(20, lost=0.3))[-1] == "audio", "loss alone needs redundancy, not less"


def test_a_failed_trial_waits_twice_as_long_before_the_next(run: Run) -> None:
    tried = seconds(10) + seconds(1, lost=0.4) + seconds(5)
    assert run(tried)[-2:] == ["audio", "minimal"]
    failed = tried + seconds(2, roundTripMs=900)
    assert run(failed + seconds(9))[-10:] == ["audio"] * 10
    tried_again = failed + seconds(10)
    assert run(tried_again)[-1] == "minimal"
    passed = run(tried_again + seconds(10))
    assert passed[-1] == "full", "a rung that holds is forgotten as failed"


def test_a_farther_path_is_no_full_queue(run: Run) -> None:
    farther = seconds(10) + seconds(60, roundTripMs=600)
    assert run(farther)[-1] == "full"


def test_after_a_step_up_the_estimate_may_still_climb(run: Run) -> None:
    climbing = seconds(10) + seconds(1, lost=0.4) + seconds(5) + seconds(5, available=150_000)
    assert run(climbing)[-1] == "low"
    assert run(climbing + seconds(15, available=350_000))[-1] == "full"


def test_nothing_is_decided_while_nothing_flows(run: Run) -> None:
    assert set(run(seconds(10) + seconds(30, flows=False, lost=1))) == {"full"}


def test_the_other_persons_voice_holds_the_ladder_at_the_smallest_picture(run: Run) -> None:
    fallen = seconds(10) + seconds(1, lost=0.4)
    assert run(fallen + seconds(40, ceiling="minimal"))[-1] == "minimal"


def test_long_packets_and_plain_voice_stand_in_the_description(page: Page) -> None:
    address = "/static/visits/rungs.js"
    small = page.evaluate(SHAPE, [address, SDP, {"packetMs": 60, "redundant": True}])
    assert small == SDP.replace("m=video", "a=ptime:60\r\nm=video")
    smallest = page.evaluate(SHAPE, [address, small, {"packetMs": 60, "redundant": False}])
    assert "SAVPF 111 0 63\r\n" in smallest
    assert page.evaluate(SHAPE, [address, smallest, {"packetMs": 20, "redundant": True}]) == SDP
