r"""What laboratories really send, and what is made of it: each trap of HL7 v2 once."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.charting.results.drafts import ObservationDraft, ReportDraft, UnreadableError
from hearthline.charting.results.models import Laboratory
from hearthline.charting.results.models.reports import Abnormality, Status
from hearthline.charting.results.tests.stage import nm, oru
from hearthline.hl7.reader import read
from hearthline.hl7.separators import header_of

LABORATORY = Laboratory(name="North", zone="America/Chicago", charset="ASCII")


def reports(text: str, charset: str = "utf-8") -> list[ReportDraft]:
    return list(read(text.encode(charset), LABORATORY))


def line(text: str, **values: str) -> ObservationDraft:
    (report,) = reports(oru(text, **values))
    (found,) = report.observations
    return found


def test_a_plain_number_keeps_its_zeros_unit_range_and_flag() -> None:
    found = line(nm("4.10", flag="H"))
    assert (found.value, found.number, found.unit) == ("4.10", Decimal("4.10"), "mmol/L")
    assert (found.reference_range, found.abnormality, found.status) == (
        "3.5-5.1",
        Abnormality.HIGH,
        Status.FINAL,
    )
    assert (found.code, found.name, found.code_system) == ("2823-3", "Potassium", "LN")


@pytest.mark.parametrize(
    ("value", "shown", "number"),
    [
        (">^60", ">60", None),
        ("^1^:^128", "1:128", None),
        ("^2^-^4", "2-4", None),
        ("=^7.0", "=7.0", Decimal("7.0")),
        ("^5", "5", Decimal(5)),
    ],
)
def test_structured_numbers(value: str, shown: str, number: Decimal | None) -> None:
    found = line(f"OBX|1|SN|33914-3^eGFR^LN||{value}|mL/min/{{1.73_m2}}|>60||||F")
    assert (found.value, found.number, found.unit) == (shown, number, "mL/min/{1.73_m2}")


@pytest.mark.parametrize("said", ["<5", "1:40", "5,3", "not done", "1e3", "\u0665"])
def test_what_is_no_plain_number_is_shown_and_never_plotted(said: str) -> None:
    found = line(nm(said))
    assert (found.value, found.number) == (said, None)


def test_codes_show_their_words() -> None:
    kind = "OBX|1|CWE|600-7^Culture^LN||{}|||A|||F"
    assert line(kind.format("112283007^Escherichia coli^SCT")).value == "Escherichia coli"
    assert line(kind.format("EC^^L^112283007^E. coli^SCT")).value == "E. coli"
    assert line(kind.format("EC")).value == "EC"
    assert line(kind.format("A^One~B^Two")).value == "One\nTwo"


def test_escapes_mean_what_the_standard_says() -> None:
    text = r"a\F\b\S\c\R\d\E\e\T\f \XC3A9\ \H\bold\N\ \.br\next\.sp2\then \Q\ and C:\ end"
    found = line(f"OBX|1|FT|x^Text^L||{text}||||||F")
    assert found.value == "a|b^c~d\\e&f é bold \nnext\n\nthen \\Q\\ and C:\\ end"


def test_hexadecimal_is_read_in_the_messages_own_character_set() -> None:
    found = reports(oru(r"OBX|1|ST|x^T^L||caf\XE9\ é||||||F", charset="8859/1"), "latin-1")
    assert found[0].observations[0].value == "café é"


@pytest.mark.parametrize(
    ("named", "codec", "words"),
    [
        ("UNICODE UTF-8", "utf-8", "Nuñez 中文 \u0661"),
        ("8859/1", "latin-1", "Nuñez"),
        ("8859/6", "iso8859_6", "مرحبا"),
        ("8859/15", "iso8859_15", "5 €"),
        ("ASCII", "ascii", "plain"),
        ("", "ascii", "plain"),
    ],
)
def test_character_sets(named: str, codec: str, words: str) -> None:
    (report,) = reports(oru(f"OBX|1|ST|x^T^L||{words}||||||F", charset=named), codec)
    assert report.observations[0].value == words


@pytest.mark.parametrize(
    ("named", "codec"), [("", "utf-8"), ("UNICODE UTF-8", "latin-1"), ("ISO IR87", "utf-8")]
)
def test_bytes_that_are_not_what_they_are_called_are_refused(named: str, codec: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        reports(oru("OBX|1|ST|x^T^L||Nuñez||||||F", charset=named), codec)
    assert refused.value.where == "MSH-18"


def test_notes_belong_to_what_they_follow() -> None:
    notes = ("NTE|1||Haemolysed", r"NTE|2||Repeat\.br\soon")
    (report,) = reports(oru("NTE|1||Fasting", nm("4.1"), *notes, nm("7", code="x^X^L")))
    assert report.note == "Fasting"
    assert [one.note for one in report.observations] == ["Haemolysed\nRepeat\nsoon", ""]


def test_text_sent_line_by_line_is_one_text_and_numbers_are_not() -> None:
    text = "OBX|{}|TX|18842-5^Letter^LN||{}||||||F"
    (report,) = reports(
        oru(text.format(1, "One"), text.format(2, ""), text.format(3, "Three"), nm("1"), nm("2"))
    )
    assert [one.value for one in report.observations] == ["One\n\nThree", "1", "2"]


@pytest.mark.parametrize(
    ("stamp", "moment", "is_assumed"),
    [
        ("20261101080000-0600", datetime(2026, 11, 1, 14, tzinfo=UTC), False),
        ("20261101080000.1234+0530", datetime(2026, 11, 1, 2, 30, tzinfo=UTC), False),
        ("202607010800", datetime(2026, 7, 1, 13, tzinfo=UTC), True),
        ("202612010800", datetime(2026, 12, 1, 14, tzinfo=UTC), True),
    ],
)
def test_times_with_and_without_zone(stamp: str, moment: datetime, is_assumed: bool) -> None:
    (report,) = reports(oru(nm("1"), collected=stamp, issued="20261201100000+0000"))
    assert (report.collected_at, report.is_zone_assumed) == (moment, is_assumed)


@pytest.mark.parametrize("stamp", ["20261301", "yesterday", "2026-11-01", "99991231", "20260230"])
def test_what_is_no_time_is_refused_with_its_place(stamp: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        reports(oru(nm("1"), issued=stamp))
    assert refused.value.where == "OBR(1)-22"


@pytest.mark.parametrize(
    ("flags", "abnormality"),
    [
        ("", Abnormality.NONE), ("N", Abnormality.NORMAL), ("LL", Abnormality.CRITICAL_LOW),
        ("HH", Abnormality.CRITICAL_HIGH), ("AA", Abnormality.CRITICAL), ("H~HH", Abnormality.CRITICAL_HIGH),
        ("H~D", Abnormality.HIGH), ("panic", Abnormality.UNKNOWN), (">", Abnormality.HIGH),
        ("POS", Abnormality.ABNORMAL),
    ],
)  # fmt: skip
def test_flags(flags: str, abnormality: Abnormality) -> None:
    assert line(nm("1", flag=flags)).abnormality is abnormality


def test_statuses_of_lines_and_reports() -> None:
    assert line(nm("1", status="C")).status is Status.CORRECTED
    assert line(nm("1", status="W")).status is Status.CANCELLED
    assert line(nm("1", status=""), status="P").status is Status.PRELIMINARY
    with pytest.raises(UnreadableError) as refused:
        reports(oru(nm("1", status="Q")))
    assert refused.value.where == "OBX(1)-11"


def test_a_file_is_decoded_and_a_broken_one_refused() -> None:
    found = line("OBX|1|ED|PDF^Letter^L||LIS^application^pdf^Base64^JVBERi0x||||||F")
    assert found.file is not None
    assert found.file.content == b"%PDF-1"
    with pytest.raises(UnreadableError) as refused:
        reports(oru("OBX|1|ED|PDF^Letter^L||LIS^application^pdf^Base64^%%%||||||F"))
    assert refused.value.where == "OBX(1)-5"


@pytest.mark.parametrize("unit", ["10^9/L", "x10^3/uL", "10*3/uL", "cells/uL", "mEq/L"])
def test_units_stay_as_they_were_sent(unit: str) -> None:
    assert line(nm("1", unit=unit)).unit == unit


def test_other_marks_line_ends_and_unknown_segments() -> None:
    text = oru(nm("4.1"), "ZLB|local^thing")
    for changed in (
        text.replace("\r", "\r\n"),
        text.replace("\r", "\n"),
        text.replace("|", "#").replace("^", "!"),
    ):
        assert reports(changed)[0].observations[0].value == "4.1"


def test_several_patients_and_reports_in_one_message() -> None:
    first = oru(nm("1"), nm("2", code="b^B^L"))
    order = "OBR|{0}||F-{0}|CBC^Count^L" + "|" * 18 + "20261101100000+0000|||F\r"
    second = order.format(2) + nm("3") + "\r"
    other = "PID|2||X-9^^^HL^MR||Roe^Jane||19700101|F\r" + order.format(3)
    found = reports(first + second + other + nm("4") + "\r")
    assert [(one.patient.numbers[0], len(one.observations)) for one in found] == [
        ("HL-10457", 2), ("HL-10457", 1), ("X-9", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("PID|", "ZID|"), "PID"),
        (("|P-1|F-1|", "|P-1||"), "OBR(1)-3"),
        (("24323-8^Metabolic panel^LN", ""), "OBR(1)-4"),
        (("2823-3^Potassium^LN", "^^"), "OBX(1)-3"),
        (("OBR|1", "ZBR|1"), "OBX(1)-1"),
        (("Delgado", "\0"), "MSH"),
    ],
)
def test_what_is_missing_is_named(change: tuple[str, str], where: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        reports(oru(nm("4.1")).replace(*change))
    assert refused.value.where == where


@given(st.binary(max_size=300))
def test_garbage_is_read_or_refused_and_nothing_else(raw: bytes) -> None:
    for sent in (raw, b"MSH|^~\\&|" + raw, oru(nm("4.1")).encode()[: len(raw) * 3] + raw):
        with suppress(UnreadableError):
            read(sent, LABORATORY)


@given(st.data())
def test_a_changed_byte_is_read_or_refused(data: st.DataObject) -> None:
    sent = bytearray(oru(nm("4.1"), r"OBX|2|FT|x^T^L||a\.br\b\XC3A9\||||||F", "NTE|1||n").encode())
    for _ in range(data.draw(st.integers(1, 4))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableError):
        read(bytes(sent), LABORATORY)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip))
def test_any_text_escaped_by_a_sender_comes_back_whole(words: str) -> None:
    escaped = words.replace("\\", "\\E\\")
    for mark, sequence in (("|", "\\F\\"), ("^", "\\S\\"), ("~", "\\R\\"), ("&", "\\T\\")):
        escaped = escaped.replace(mark, sequence)
    shown = line(f"OBX|1|ST|x^T^L||{escaped}||||||F").value
    assert shown == ("" if words.strip() == '""' else words.strip())


def test_the_header_alone_is_read_before_anything_else() -> None:
    header = header_of(oru(nm("1")).encode())
    assert (header.sending_application, header.receiving_facility, header.control_id) == (
        "LIS",
        "riverbend",
        "M1",
    )
    for broken in (b"", b"PID|1", b"MSH|^~\\&|", b"MSH|^^\\&|A|B|C|D|||ORU^R01|1|P|2.5", b"MSHaabcdefghij"):
        with pytest.raises(UnreadableError):
            header_of(broken)
