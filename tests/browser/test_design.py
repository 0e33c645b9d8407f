"""The living page and its sample screens, as people with different devices, languages and eyes see them."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chromium import assert_page_is_sound, assert_within_budget, screenshot
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser
PAGES = {
    "components": "/design/",
    "patient": "/design/patient/",
    "staff": "/design/staff/",
    "question": "/design/question/",
    "waiting": "/design/waiting/",
    "letter": "/design/letter/",
    "call-docked": "/design/call/?layout=docked",
    "call-side": "/design/call/?layout=side",
    "call-full": "/design/call/?layout=full",
    "call-floating": "/design/call/?layout=floating",
}
KINDS = ("phone", "desktop", "arabic", "dark")
QUICK_KINDS = ("arabic", "dark")  # without --slow: from right to left, and by night
FOCUS_RING = "3px"
TARGET_PIXELS = {"patient": 44, "staff": 24}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_sound_for_everyone(name: str, open_page: OpenPage, pytestconfig: pytest.Config) -> None:
    for kind in KINDS if pytestconfig.getoption("--slow") else QUICK_KINDS:
        page, observed = open_page(PAGES[name], kind)
        assert_within_budget(page, observed)
        assert_page_is_sound(page, observed)
        screenshot(page, f"design-{name}", kind)
        page.context.close()


def test_arabic_page_mirrors(open_page: OpenPage) -> None:
    arabic, _ = open_page("/design/patient/", "arabic")
    english, _ = open_page("/design/patient/", "phone")
    assert arabic.locator("html").get_attribute("dir") == "rtl"
    assert arabic.locator("html").get_attribute("lang") == "ar"
    mark_in_arabic, mark_in_english = (
        page.locator("a.brand .mark").bounding_box() for page in (arabic, english)
    )
    assert mark_in_arabic is not None
    assert mark_in_english is not None
    assert mark_in_english["x"] < 60
    assert mark_in_arabic["x"] > 280


def test_refused_question_says_so_and_takes_the_focus(open_page: OpenPage) -> None:
    page, _ = open_page("/design/question/", "phone")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_title("Error: Where are you now? · Cedar Valley Clinic")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    group = page.locator("main").get_by_role("group")
    assert "Choose where you are now." in str(
        page.locator("#" + str(group.get_attribute("aria-describedby")).split()[-1]).inner_text()
    )


def test_question_works_without_script(open_page: OpenPage) -> None:
    page, _ = open_page("/design/question/", "no-script")
    page.get_by_label("At home").check()
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(page.url.split("/design/")[0] + "/design/patient/")


def test_language_is_chosen_without_script(open_page: OpenPage) -> None:
    page, _ = open_page("/design/patient/", "no-script")
    page.locator("summary", has_text="English").click()
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert page.url.endswith("/design/patient/")


@pytest.mark.parametrize("audience", ["patient", "staff"])
def test_targets_are_large_enough(audience: str, open_page: OpenPage) -> None:
    page, _ = open_page(f"/design/{audience}/", "phone")
    boxes = page.locator("a.button, button, summary, .places a, .tasks a").evaluate_all(
        "all => all.filter(one => one.checkVisibility())"
        ".map(one => [one.innerText, one.getBoundingClientRect().height])"
    )
    assert len(boxes) > 5
    small = [box for box in boxes if box[1] < TARGET_PIXELS[audience]]
    assert not small


def test_focus_shows_two_colours(open_page: OpenPage) -> None:
    page, _ = open_page("/design/patient/", "desktop")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    outline, shadow = page.evaluate(
        "(() => { const style = getComputedStyle(document.activeElement);"
        " return [style.outlineWidth + style.outlineColor, style.boxShadow]; })()"
    )
    assert outline.startswith(FOCUS_RING)
    assert "rgb(255, 212, 59)" in shadow


def test_a_form_is_sent_once(open_page: OpenPage) -> None:
    page, _ = open_page("/design/question/", "desktop")
    sent: list[str] = []

    def keep(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.method)
            route.abort()
        else:
            route.continue_()

    page.route("**/design/question/", keep)
    page.evaluate(
        "(() => { const form = document.querySelector('main form'); form.requestSubmit(); form.requestSubmit(); })()"
    )
    page.wait_for_timeout(300)
    assert sent == ["POST"]


def test_dialog_opens_and_closes_by_keyboard(open_page: OpenPage) -> None:
    page, _ = open_page("/design/", "desktop")
    page.get_by_role("button", name="Open a dialog").press("Enter")
    dialog = page.get_by_role("dialog", name="Cancel this visit?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_print_leaves_the_letter_alone(open_page: OpenPage) -> None:
    page, _ = open_page("/design/letter/", "desktop")
    page.emulate_media(media="print")
    expect(page.locator(".letterhead")).to_be_visible()
    expect(page.locator(".top")).to_be_hidden()
    expect(page.get_by_role("link", name="Download as PDF")).to_be_hidden()
    screenshot(page, "design-letter", "print")


DRAFT = """<form data-autosave="/draft/"><input name="version" value="1"><textarea id="words" name="words"></textarea>
<p data-autosave-state data-saving="Saving" data-saved="Saved" data-failed="Not saved yet" data-conflict="Newer"></p>
</form>"""
PUT_DRAFT = "html => { document.querySelector('main').innerHTML = html; }"
LOAD_SCRIPT = "name => import(`/static/design/${name}`)"


def test_a_draft_is_kept_on_the_server_and_tried_again(open_page: OpenPage) -> None:
    page, _ = open_page("/design/letter/", "desktop")
    answers = [
        {"status": 503, "body": ""},
        {"status": 200, "content_type": "application/json", "body": '{"version": 2}'},
        {"status": 409, "body": ""},
    ]
    seen: list[str] = []

    def answer(route: Route) -> None:
        seen.append(route.request.post_data or "")
        route.fulfill(**answers[len(seen) - 1])  # type: ignore[arg-type]

    page.route("**/draft/", answer)
    page.evaluate(PUT_DRAFT, DRAFT)
    page.evaluate(LOAD_SCRIPT, "autosave.js")
    state = page.locator("[data-autosave-state]")
    page.locator("#words").fill("dizzy")
    expect(state).to_have_text("Not saved yet")
    expect(state).to_have_text("Saved")
    expect(page.locator("[name=version]")).to_have_value("2")
    page.locator("#words").fill("dizzy when standing")
    expect(state).to_have_text("Newer")
    page.locator("#words").fill("still typing")
    page.wait_for_timeout(1_500)
    assert len(seen) == 3
    assert "dizzy" in seen[1]
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_changed_list_is_fetched_again_and_keeps_the_focus(open_page: OpenPage) -> None:
    page, _ = open_page("/design/letter/", "desktop")
    page.route(
        "**/live/list/",
        lambda route: route.fulfill(content_type="text/event-stream", body="data: changed\n\n"),
    )
    page.route(
        "**/list/part/",
        lambda route: route.fulfill(
            content_type="text/html",
            body='<ul id="list"><li><a id="one" href="#">Rosa, waiting 7 min</a></li></ul>',
        ),
    )
    page.evaluate(
        PUT_DRAFT,
        '<ul id="list" data-stream="/live/list/" data-source="/list/part/"><li><a id="one" href="#">Rosa</a></li></ul>',
    )
    page.locator("#one").focus()
    page.evaluate(LOAD_SCRIPT, "live-refresh.js")
    expect(page.locator("#one")).to_have_text("Rosa, waiting 7 min")
    expect(page.locator("#one")).to_be_focused()
