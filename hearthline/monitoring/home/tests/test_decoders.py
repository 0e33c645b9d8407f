"""What devices say by Bluetooth, decoded: every published number, every special value, and each service's traps."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from hearthline.monitoring.home.tests import twin
from hearthline.monitoring.home.tests.scripts import decode, script_page

pytestmark = pytest.mark.browser
TIME = "ea070b170a1e00"  # 2026-11-23 10:30:00
AT = "2026-11-23T10:30:00"
# HL7 Personal Health Device guide, "IEEE 11073 FLOATs and SFLOATs"; the Bluetooth SIG's white paper (0x0072).
PUBLISHED_SFLOATS = {
    0x0002: "2", 0xF014: "2.0", 0xE0C8: "2.00", 0x1002: "20", 0x2002: "200", 0x00C8: "200", 0x04D2: "1234",
    0x0B2E: "-1234", 0x0072: "114",
    0x07FF: "nan", 0x0800: "nres", 0x07FE: "+inf", 0x0802: "-inf", 0x0801: "reserved",
}  # fmt: skip
PUBLISHED_FLOATS = {
    0x00000002: "2", 0xFF000014: "2.0", 0xFE0000C8: "2.00", 0x01000002: "20", 0x02000002: "200",
    0x000000C8: "200", 0x000004D2: "1234", 0x00FFFB2E: "-1234",
    0x007FFFFF: "nan", 0x00800000: "nres", 0x007FFFFE: "+inf", 0x00800002: "-inf", 0x00800001: "reserved",
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with script_page() as opened:
        yield opened


def numbers(page: Page, function: str, codes: list[int]) -> list[str]:
    found: list[str] = page.evaluate(
        """async ([name, codes]) => {
          const decode = (await import("/ieee11073.js"))[name];
          return codes.map((bits) => { const said = decode(bits); return said.special ?? said.text; });
        }""",
        [function, codes],
    )
    return found


def signed(bits: int) -> int:
    return int(struct.unpack("<i", struct.pack("<I", bits))[0])


def test_every_published_number_and_special_value(page: Page) -> None:
    assert numbers(page, "sfloatOf", list(PUBLISHED_SFLOATS)) == list(PUBLISHED_SFLOATS.values())
    assert numbers(page, "floatOf", [signed(bits) for bits in PUBLISHED_FLOATS]) == list(
        PUBLISHED_FLOATS.values()
    )


def test_the_twin_knows_the_published_numbers_too() -> None:
    assert {bits: twin.sfloat(bits) for bits in PUBLISHED_SFLOATS} == PUBLISHED_SFLOATS
    assert {bits: twin.float32(bits) for bits in PUBLISHED_FLOATS} == PUBLISHED_FLOATS


def test_all_sixteen_bit_numbers_agree_with_the_twin(page: Page) -> None:
    codes = list(range(1 << 16))
    assert numbers(page, "sfloatOf", codes) == [twin.sfloat(bits) for bits in codes]


def test_floats_agree_with_the_twin(page: Page) -> None:
    mantissas = (0, 1, 366, 0x7FFFFD, 0x7FFFFF, 0x800000, 0x800003, 0xFFFFFF)
    codes = [exponent << 24 | mantissa for exponent in (0, 1, 5, 250, 254, 255) for mantissa in mantissas]
    assert numbers(page, "floatOf", [signed(bits) for bits in codes]) == [
        twin.float32(bits) for bits in codes
    ]


def said(record: Any) -> dict[str, str]:
    return {
        value["metric"]: f"{value['special'] or value['text']} {value['unit']}" for value in record["values"]
    }


def test_a_cuffs_reading_with_everything_in_it(page: Page) -> None:
    found = decode(page, "decodeBloodPressure", f"1e 8000 5200 6100 {TIME} cbf2 02 2500")
    assert said(found) == {
        "systolic": "128 mm[Hg]",
        "diastolic": "82 mm[Hg]",
        "mean-arterial-pressure": "97 mm[Hg]",
        "pulse": "71.5 /min",
    }
    assert (found["time"], found["user"], found["faults"]) == (AT, 2, [])
    assert found["marks"] == ["movement", "irregular", "position"]


def test_a_cuff_without_a_mean_is_fine_and_one_without_a_value_is_not(page: Page) -> None:
    found = decode(page, "decodeBloodPressure", "01 abf0 6df0 ff07")
    assert said(found)["systolic"] == "17.1 kPa"
    assert said(found)["mean-arterial-pressure"] == "nan kPa"
    assert (found["time"], found["user"], found["faults"]) == (None, None, [])
    assert decode(page, "decodeBloodPressure", "00 ff07 5200 6100")["faults"] == ["no-value"]


@pytest.mark.parametrize(
    ("sent", "weight", "user"),
    [
        ("00 7a3f", "81.250 kg", None),
        ("04 7a3f ff", "81.250 kg", 255),
        (f"07 ee46 {TIME} 01", "181.58 [lb_av]", 1),
        ("00 ffff", "nan kg", None),
    ],
)
def test_scales(page: Page, sent: str, weight: str, user: int | None) -> None:
    found = decode(page, "decodeWeight", sent)
    assert (said(found)["weight"], found["user"]) == (weight, user)
    assert found["faults"] == (["no-value"] if weight.startswith("nan") else [])


@pytest.mark.parametrize(
    ("sent", "glucose", "faults", "marks"),
    [
        (f"02 0700 {TIME} 64b0 11", "100 mg/dL", [], []),
        (f"06 0700 {TIME} 37c0 11", "5.5 mmol/L", [], []),
        (f"02 0700 {TIME} 64b0 1a", "100 mg/dL", ["control-solution"], []),
        (f"0a 0700 {TIME} fe07 11 2000", "+inf mg/dL", [], ["high"]),
        (f"0a 0700 {TIME} 0208 11 4000", "-inf mg/dL", [], ["low"]),
        (f"0a 0700 {TIME} 64b0 11 1000", "100 mg/dL", ["strip"], []),
        (f"02 0700 {TIME} ff07 11", "nan mg/dL", ["no-value"], []),
    ],
)
def test_meters(page: Page, sent: str, glucose: str, faults: list[str], marks: list[str]) -> None:
    found = decode(page, "decodeGlucose", sent)
    assert (said(found)["glucose"], found["sequence"], found["time"]) == (glucose, 7, AT)
    assert (found["faults"], found["marks"]) == (faults, marks)


def test_a_meters_offset_moves_its_time_and_one_that_ran_over_leaves_none(page: Page) -> None:
    found = decode(page, "decodeGlucose", f"03 0100 {TIME} c4ff 64b0 11")
    assert (found["time"], found["offsetMinutes"]) == (AT, -60)
    assert decode(page, "decodeGlucose", f"03 0100 {TIME} ff7f 64b0 11")["time"] is None


def test_a_sensors_records_come_several_at_once(page: Page) -> None:
    first, second = decode(page, "decodeCgm", "06 00 7800 0500 08 a0 5000 0a00 01 40")
    assert (said(first)["glucose"], first["sessionMinutes"], first["faults"]) == ("120 mg/dL", 5, [])
    assert (said(second)["glucose"], second["sessionMinutes"]) == ("80 mg/dL", 10)
    assert (second["faults"], second["marks"]) == (["stopped"], ["low"])


def crc(data: bytes, *, is_reflected: bool) -> str:
    value = 0xFFFF
    for byte in data:
        value ^= byte if is_reflected else byte << 8
        for _ in range(8):
            if is_reflected:
                value = value >> 1 ^ (0x8408 if value & 1 else 0)
            else:
                value = (value << 1 ^ (0x1021 if value & 0x8000 else 0)) & 0xFFFF
    return value.to_bytes(2, "little").hex()


@pytest.mark.parametrize("is_reflected", [True, False])
def test_a_damaged_record_of_a_sensor_is_told_by_its_sum(page: Page, is_reflected: bool) -> None:
    assert crc(b"123456789", is_reflected=is_reflected) == ("916f" if is_reflected else "b129")
    body = bytes.fromhex("080078000500")
    intact = body.hex() + crc(body, is_reflected=is_reflected)
    assert decode(page, "decodeCgm", intact)[0]["faults"] == []
    assert decode(page, "decodeCgm", intact.replace("7800", "7900"))[0]["faults"] == ["damaged"]


def test_when_a_sensors_session_began(page: Page) -> None:
    local = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    for sent, offset in (
        (f"{TIME} e8 00", -6),
        (f"{TIME} e8 04", -5),
    ):  # six hours west; and an hour of summer
        began = decode(page, "decodeSessionStart", sent)["utc"]
        assert datetime.fromtimestamp(began / 1000, UTC) == local - timedelta(hours=offset)
    assert decode(page, "decodeSessionStart", f"{TIME} 80 00") == {"time": AT, "utc": None}


def test_an_oximeter_says_when_its_value_is_doubtful_or_no_value(page: Page) -> None:
    found = decode(page, "decodeSpotOximeter", f"07 6100 4800 {TIME} 0040 200000")
    assert said(found) == {"oxygen-saturation": "97 %", "pulse": "72 /min"}
    assert (found["time"], found["marks"], found["faults"]) == (AT, ["questionable", "weak"], [])
    assert decode(page, "decodeSpotOximeter", f"11 6100 4800 {TIME}")["time"] is None
    assert decode(page, "decodeSpotOximeter", "02 6100 4800 0004")["faults"] == ["demonstration"]
    assert decode(page, "decodeSpotOximeter", "00 ff07 4800")["faults"] == ["no-value"]


def test_a_worn_oximeters_averages_are_passed_over(page: Page) -> None:
    found = decode(page, "decodeContinuousOximeter", "0b 6000 4600 5f00 4500 5e00 4400 000400")
    assert said(found) == {"oxygen-saturation": "96 %", "pulse": "70 /min"}
    assert found["faults"] == ["off"]


@pytest.mark.parametrize(
    ("sent", "temperature"),
    [
        ("00 6f0100ff", "36.7 Cel"),
        (f"03 e503 00ff {TIME}", "99.7 [degF]"),
        ("00 ffff7f00", "nan Cel"),
    ],
)
def test_thermometers(page: Page, sent: str, temperature: str) -> None:
    found = decode(page, "decodeThermometer", sent)
    assert said(found)["temperature"] == temperature
    assert found["faults"] == (["no-value"] if temperature.startswith("nan") else [])


@pytest.mark.parametrize(
    "time", ["0000 0b17 0a1e00", "ea07 0017 0a1e00", "ea07 021e 0a1e00", "ea07 0b17 181e00"]
)
def test_a_time_that_no_calendar_has_is_no_time(page: Page, time: str) -> None:
    assert decode(page, "decodeBloodPressure", f"02 8000 5200 6100 {time}")["time"] is None


@pytest.mark.parametrize(
    ("decoder", "sent"),
    [
        ("decodeBloodPressure", "06 8000 5200"),
        ("decodeWeight", "04 7a3f"),
        ("decodeGlucose", "02 0700 ea07"),
        ("decodeCgm", "02 00"),
        ("decodeSpotOximeter", ""),
        ("decodeThermometer", "00 6f01"),
    ],
)
def test_what_ends_too_early_is_refused(page: Page, decoder: str, sent: str) -> None:
    assert decode(page, decoder, sent) == "RangeError"


def test_asking_for_stored_records(page: Page) -> None:
    assert decode(page, "decodeAnswer", "06000101", "racp.js") == "done"
    assert decode(page, "decodeAnswer", "06000106", "racp.js") == "nothing"
    assert decode(page, "decodeAnswer", "06000102", "racp.js") == "refused"
    assert decode(page, "decodeAnswer", "0600010a", "racp.js") == "failed"
    assert decode(page, "decodeAnswer", "05000300", "racp.js") is None
    sent = page.evaluate("async () => [...(await import('/racp.js')).reportSince(1, 770)]")
    assert sent == [1, 3, 1, 2, 3]
