import gzip
import re
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as some

from hearthline.design import samples
from hearthline.design.icons import DIRECTIONAL, ICONS
from hearthline.design.sparkline import HEIGHT, POINTS_MAX, WIDTH, sparkline_of

STATIC = Path(__file__).parents[1] / "static" / "design"
STYLE_BYTES_MAX = 12_000
SCRIPT_LINES_MAX = 80
SIDES = re.compile(
    r"(?:^|[\s;{])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|(?:min-|max-)?(?:width|height))\s*:"
)


def render(source: str, **context: object) -> str:
    return Template("{% load design %}" + source).render(Context(context))


def test_a_field_ties_label_hint_and_error_together() -> None:
    html = render("{% field form.telephone %}", form=samples.SampleForm({}))
    assert '<label for="id_telephone">' in html
    assert 'aria-describedby="id_telephone_helptext id_telephone_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_telephone_helptext"' in html
    assert 'id="id_telephone_error"' in html


def test_a_field_without_errors_shows_none() -> None:
    html = render("{% field form.telephone %}", form=samples.SampleForm())
    assert "has-error" not in html
    assert "aria-invalid" not in html


def test_choices_are_a_group_with_a_legend() -> None:
    html = render("{% field form.place is_question=True %}", form=samples.SampleForm({}))
    assert '<fieldset id="id_place_group" aria-describedby="id_place_error">' in html
    assert re.search(r"<legend[^>]*><h1>", html)
    assert html.count('type="radio"') == 3


def test_summary_links_to_each_field() -> None:
    form = samples.SampleForm({"telephone": "1"})
    html = render('{% include "design/error_summary.html" %}', form=form)
    assert 'href="#id_reason"' in html
    assert 'href="#id_place_group"' in html
    assert "id_telephone" not in html


def test_a_plain_form_is_drawn_by_the_design() -> None:
    html = str(samples.SampleForm({}))
    assert "error-summary" in html
    assert html.count('class="field') == len(samples.SampleForm.base_fields)


def test_hidden_fields_are_sent_but_not_seen() -> None:
    class WithVersion(forms.Form):
        version = forms.IntegerField(widget=forms.HiddenInput)

    html = str(WithVersion(initial={"version": 3}))
    assert html.count("<input") == 1
    assert "<label" not in html


def test_labels_from_people_are_escaped() -> None:
    class Named(forms.Form):
        name = forms.CharField(label="<i>Rosa</i>", help_text="<b>hint</b>")

    html = render("{% field form.name %}", form=Named())
    assert "&lt;i&gt;Rosa&lt;/i&gt;" in html


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("Today", "<h1>Today</h1>"), ("<div><h1>Own</h1></div>", "<div><h1>Own</h1></div>"), ("  ", "")],
)
def test_the_heading_block_becomes_the_one_heading(heading: str, expected: str) -> None:
    assert render("{% pageheading %}" + heading + "{% endpageheading %}") == expected


def test_icons_are_hidden_from_readers_and_known_by_name() -> None:
    assert 'aria-hidden="true"' in render('{% icon "video" %}')
    assert set(ICONS) >= DIRECTIONAL
    with pytest.raises(KeyError):
        render('{% icon "unicorn" %}')


def test_pager_keeps_the_question_asked() -> None:
    html = render('{% include "design/pager.html" with query="q=osei" %}', page=samples.second_page())
    assert 'href="?q=osei&amp;page=1"' in html
    assert 'href="?q=osei&amp;page=3"' in html
    assert "21 to 40 of 60" in html


@pytest.mark.parametrize(
    ("audience", "has_htmx"), [("patient", False), ("plain", False), ("staff", True), ("", False)]
)
def test_only_staff_pages_load_htmx(audience: str, has_htmx: bool) -> None:
    request = RequestFactory().get("/")
    html = Template('{% extends "design/page.html" %}').render(
        Context({"audience": audience, "request": request})
    )
    assert ("htmx.min.js" in html) is has_htmx


@given(some.lists(some.floats(-1e6, 1e6), max_size=POINTS_MAX + 50), some.booleans())
def test_trend_stays_inside_its_drawing(values: list[float], with_range: bool) -> None:
    edges = (90.0, 140.0) if with_range else (None, None)
    drawn = sparkline_of(
        [(str(index), value) for index, value in enumerate(values)], low=edges[0], high=edges[1]
    )
    assert len(drawn.marks) == min(len(values), POINTS_MAX)
    assert all(0 <= mark.x <= WIDTH and 0 <= mark.y <= HEIGHT for mark in drawn.marks)
    assert [mark.value for mark in drawn.marks] == values[-POINTS_MAX:]


def test_trend_shows_the_usual_range_only_when_whole() -> None:
    points = [("a", 1.0), ("b", 2.0)]
    assert sparkline_of(points, low=0, high=3).band_height == pytest.approx(56)
    assert sparkline_of(points, low=0).band_height is None


def test_trend_has_its_numbers_as_a_table() -> None:
    html = render('{% sparkline points "Top number" "mmHg" %}', points=[("1 Nov", 142), ("4 Nov", 138)])
    assert html.count("<tr>") == 3
    assert 'role="img" aria-label="Top number"' in html


def test_styles_know_no_left_and_right() -> None:
    for path in STATIC.glob("*.css"):
        rules = re.sub(r"@media[^{]*|/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not SIDES.findall(rules), path.name


def test_styles_keep_their_budget() -> None:
    assert len(gzip.compress((STATIC / "app.css").read_bytes())) <= STYLE_BYTES_MAX


def test_scripts_are_small_and_start_by_themselves() -> None:
    scripts = list(STATIC.glob("*.js"))
    assert scripts
    for path in scripts:
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= SCRIPT_LINES_MAX, path.name
        assert "localStorage" not in text, path.name
        assert "innerHTML = " not in text, path.name


def test_templates_hold_no_styles_and_no_handlers() -> None:
    for path in (Path(__file__).parents[1] / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", text), path.name
