import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.messaging.segments import measure, plain


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", "gsm7", 1),
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("a" * 306, "gsm7", 2),
        ("a" * 307, "gsm7", 3),
        ("€" * 80, "gsm7", 1),
        ("€" * 81, "gsm7", 2),
        # 152 letters leave one septet in the first segment: the sign that needs two goes to the second whole.
        ("a" * 152 + "€" + "a" * 151, "gsm7", 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 3),
        ("á" + "a" * 69, "ucs2", 1),
        ("á" + "a" * 70, "ucs2", 2),
        ("😀" * 35, "ucs2", 1),
        ("😀" * 36, "ucs2", 2),
        ("ñ" * 160, "gsm7", 1),
        ("م" * 70, "ucs2", 1),
    ],
)
def test_segments(text: str, encoding: str, segments: int) -> None:
    size = measure(text)
    assert (size.encoding, size.segments) == (encoding, segments)


@given(st.text(max_size=1_000))
def test_segments_hold_the_text(text: str) -> None:
    size = measure(text)
    room = {"gsm7": (160, 153), "ucs2": (70, 67)}[size.encoding]
    assert size.units <= (room[0] if size.segments == 1 else room[1] * size.segments)
    assert size.segments == 1 or size.units > room[0]


def test_typography_does_not_double_the_price() -> None:
    text = "It\u2019s \u201cready\u201d \u2014 now\u2026"
    assert measure(text).encoding == "ucs2"
    assert measure(plain(text)).encoding == "gsm7"
