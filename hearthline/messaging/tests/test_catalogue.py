from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hearthline.messaging import catalogue, segments, wording
from hearthline.messaging.rules import Channel

STAFF_ONLY = {"staff.notice", "oversight.reminders", "monitoring.waiting"}
LONGEST = {
    "organization": "Riverbend Community Clinic",
    "phone": "+1 512 555 0100",
    "dial_in": "+15125550100",
    "name": "Maria Fernanda",
    "practitioner": "Dr. Amara Lindqvist-Okonkwo",
    "sender": "Simone Achebe",
    "link": "https://clinic.example/care/visits/0198f2a1-7c3e-7aaa-bbbb-0123456789ab/",
    "when": datetime(2026, 9, 23, 23, 59, tzinfo=UTC),
    "old_when": datetime(2026, 9, 23, 23, 59, tzinfo=UTC),
    "code": "123456",
    "minutes": 10,
    "count": 12,
}
CASES = [
    (name, language, channel)
    for name, kind in catalogue.templates().items()
    for language in ("en", "es", "ar")
    for channel in kind.channels
    if not (language == "ar" and name in STAFF_ONLY)
]


@pytest.mark.parametrize(("name", "language", "channel"), CASES)
def test_our_own_words_keep_the_rules(name: str, language: str, channel: Channel) -> None:
    kind = catalogue.template(name)
    words = catalogue.own_words(language).wordings[name, channel]
    wording.check_wording(words, allowed=kind.placeholders, required=kind.required)
    assert bool(words.subject) == (channel is Channel.EMAIL)
    if channel is Channel.SMS:
        values = wording.say_values(
            LONGEST, zone=ZoneInfo("America/Argentina/Buenos_Aires"), language=language
        )
        text = segments.plain(wording.fill(words, values).text)
        assert segments.measure(text).segments <= segments.MAX_SEGMENTS


def test_every_wording_belongs_to_a_kind() -> None:
    for language in ("en", "es", "ar"):
        assert {name for name, _channel in catalogue.own_words(language).wordings} <= set(
            catalogue.templates()
        )


def test_neutral_words_say_nothing_of_whom_or_what() -> None:
    for kind in catalogue.templates().values():
        neutral = catalogue.template(kind.neutral)
        if kind.name == neutral.name:
            continue
        for language in ("en", "es", "ar"):
            words = catalogue.own_words(language).wordings[neutral.name, Channel.SMS]
            used = wording.placeholders_in(words.text)
            assert not used & wording.NOT_ON_SHARED_PHONES
            assert used <= kind.placeholders, f"{kind.name} cannot fill {neutral.name}"


def test_translations_are_marked_until_somebody_read_them() -> None:
    assert catalogue.own_words("en").is_reviewed
    assert not catalogue.own_words("es").is_reviewed
    assert not catalogue.own_words("ar").is_reviewed


def test_an_unknown_language_gets_english() -> None:
    assert catalogue.own_wording("visit.ready", "so", Channel.SMS)[1] == "en"
    with pytest.raises(catalogue.UnknownTemplateError):
        catalogue.own_wording("no.such", "en", Channel.SMS)
    with pytest.raises(catalogue.UnknownTemplateError):
        catalogue.template("no.such")
