"""Captions are made on the device or not at all: no recognition that sends sound elsewhere is ever started."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
LOOK = """async ([address, kind]) => {
  const { findRecognition } = await import(address);
  const begun = [];
  class Sending { start() { begun.push("sent"); } }
  class Local {
    set processLocally(value) { this.local = value; }
    start(track) { begun.push(`${track}:${this.local}:${this.lang}`); this.onresult(ANSWER); }
    stop() { begun.push("stopped"); }
  }
  const ANSWER = { resultIndex: 0, results: [Object.assign([{ transcript: "hello" }], { isFinal: true })] };
  Local.available = async () => kind;
  const place = { none: {}, sending: { webkitSpeechRecognition: Sending } }[kind] ?? { SpeechRecognition: Local };
  const found = await findRecognition(place, "en");
  const heard = [];
  found.start?.("voice", ({ text, isFinal }) => heard.push(`${text}:${isFinal}`))();
  return [found.missing ?? "", begun, heard];
}"""


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Page:
    page: Page = open_page("/", "desktop")[0]
    return page


@pytest.mark.parametrize(
    ("kind", "missing", "begun", "heard"),
    [
        ("none", "captionsNone", [], []),
        ("sending", "captionsSends", [], []),
        ("unavailable", "captionsLanguage", [], []),
        ("downloadable", "captionsDownload", [], []),
        ("available", "", ["voice:true:en", "stopped"], ["hello:true"]),
    ],
)
def test_only_a_recognition_on_the_device_is_started(
    page: Page, kind: str, missing: str, begun: list[str], heard: list[str]
) -> None:
    assert page.evaluate(LOOK, ["/static/visits/recognition.js", kind]) == [missing, begun, heard]
