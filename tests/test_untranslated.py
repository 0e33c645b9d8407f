"""No page shows a text that cannot be translated: read in a language where every translated text is bracketed."""

from typing import Any

import pytest
from django.test import Client

from tests.pseudo import CLOSING, OPENING, pseudo_headers, stretched, untranslated

OPEN_PAGES = (
    "/design/",
    "/design/patient/",
    "/design/staff/",
    "/design/question/",
    "/design/waiting/",
    "/design/letter/",
    "/design/call/",
)


@pytest.mark.parametrize("address", OPEN_PAGES)
def test_every_text_is_translated(address: str, client: Client, db: None, pseudo_language: str) -> None:
    response = client.get(address, headers=pseudo_headers())
    html = response.content.decode()
    assert f'lang="{pseudo_language}"' in html
    assert html.count(OPENING) > 10
    assert untranslated(html) == []


def test_a_plain_text_is_found() -> None:
    html = (
        f"<p>{OPENING}Sign in··{CLOSING} <bdi>Rosa</bdi> <b>Forgotten words</b></p><img alt='Forgotten too'>"
    )
    assert untranslated(html) == ["Forgotten too", "Forgotten words"]


def test_values_in_sentences_are_not_mistaken_for_texts() -> None:
    html = f"<p>{OPENING}Visit with <bdi>Dr. Osei</bdi> {OPENING}today··{CLOSING}··{CLOSING}</p>"
    assert untranslated(html) == []


def test_placeholders_survive_stretching() -> None:
    text = stretched("In an emergency call <strong>%(number)s</strong>.")
    assert text % {"number": 911} == f"{OPENING}In an emergency call <strong>911</strong>.{'·' * 9}{CLOSING}"


def test_errors_of_forms_are_translated(client: Client, db: None, pseudo_language: str) -> None:
    response: Any = client.post("/design/question/", {}, headers=pseudo_headers())
    assert response.status_code == 422
    assert untranslated(response.content.decode()) == []
