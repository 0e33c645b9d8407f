"""Sound without a network: coding, packets, order, keys, filters, sealing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.telephony.media.companding import FRAME, RATE, VALUES, decode, encode, mix
from hearthline.telephony.media.packets import (
    KEYS,
    Buffer,
    Packet,
    parse_key,
    parse_packet,
    write_key,
    write_packet,
)
from hearthline.telephony.media.srtp import SecuredSound
from hearthline.telephony.prompts import for_the_ear, resample, tone
from hearthline.telephony.sip.sdp import PCMA, PCMU, new_key
from hearthline.telephony.tests.phones import loudest_hertz


@pytest.mark.parametrize("codec", [PCMU, PCMA])
def test_every_code_means_itself_and_speech_comes_back_nearly_as_it_was(codec: int) -> None:
    values = VALUES[codec]
    assert np.array_equal(decode(encode(values, codec), codec), values)
    samples = tone(440, 0.5)
    error = samples.astype(float) - decode(encode(samples, codec), codec)
    assert (
        10 * np.log10(np.mean(samples.astype(float) ** 2) / np.mean(error**2)) > 33
    )  # G.711 does 37 to 38 dB


def test_known_values_of_the_standard() -> None:
    # G.711 tables 1a and 2a: the largest values, silence
    assert decode(b"\x80\x00\xff", PCMU).tolist() == [32124, -32124, 0]
    assert decode(b"\xaa\x2a\xd5", PCMA).tolist() == [32256, -32256, 8]


def test_two_voices_are_one_and_too_loud_is_cut() -> None:
    loud = np.full(FRAME, 30_000, dtype=np.int16)
    assert mix([loud, loud]).max() == 32_767
    assert loudest_hertz(mix([tone(440, 0.5), tone(440, 0.5)])) == pytest.approx(440, abs=3)


@given(st.binary(max_size=300))
def test_no_datagram_does_more_than_be_none(data: bytes) -> None:
    for text in (data, b"\x80" + data, b"\xbf" + data):
        packet = parse_packet(text)
        assert packet is None or len(packet.payload) <= len(text)


@given(st.integers(0, 127), st.integers(0, 65_535), st.integers(0, 2**32 - 1), st.binary(max_size=200))
def test_a_packet_is_read_as_it_was_written(kind: int, number: int, stamp: int, payload: bytes) -> None:
    packet = Packet(kind, number, stamp, 7, payload, is_marked=True)
    assert parse_packet(write_packet(packet)) == packet


def test_keys() -> None:
    for key in KEYS:
        assert parse_key(write_key(key, duration=160, is_end=False)) == key
    assert parse_key(b"\xff\x00\x00\x00") == ""
    assert parse_key(b"\x01") == ""


@given(st.integers(0, 65_535), st.permutations(range(12)), st.sets(st.integers(0, 11), max_size=3))
def test_packets_are_heard_in_their_order_each_once(start: int, order: list[int], lost: set[int]) -> None:
    buffer, heard = Buffer(), []
    kept = sorted(set(range(12)) - lost)
    for place in order:
        if place in lost:
            continue
        buffer.put((start + place) & 0xFFFF, bytes([place]))
        buffer.put((start + place) & 0xFFFF, bytes([place]))
    for _ in range(40):
        payload = buffer.take()
        if payload is not None:
            heard.append(payload[0])
    assert heard == kept[: len(heard)]
    assert len(heard) >= len(kept) - 2  # the last two wait for others that may still come


def test_a_burst_of_old_sound_is_thrown_away() -> None:
    buffer = Buffer()
    for number in range(200):
        buffer.put(number, bytes([number]))
    first = buffer.take()
    assert first is not None
    assert first[0] >= 185


def test_what_the_telephone_cannot_carry_is_filtered_before() -> None:
    times = np.arange(22_050) / 22_050
    high = (np.sin(2 * np.pi * 6_000 * times) * 10_000).astype(np.int16)
    low = (np.sin(2 * np.pi * 1_000 * times) * 10_000).astype(np.int16)
    assert np.abs(resample(high, 22_050)[200:-200]).max() < 500
    assert loudest_hertz(resample(low, 22_050)) == pytest.approx(1_000, abs=3)
    assert abs(len(resample(low, 22_050)) - RATE) <= 1


def test_numbers_are_said_sign_by_sign_and_times_are_not() -> None:
    said = for_the_ear("On 24 November, 14:00, call +1 512 555 0100 and key in 12345678.")
    assert said == "On 24 November, 14:00, call 1 5 1 2 5 5 5 0 1 0 0 and key in 1 2 3 4 5 6 7 8."


def test_sealed_sound_is_opened_once_and_only_unchanged() -> None:
    ours, theirs = new_key(), new_key()
    here, there = SecuredSound(ours=ours, theirs=theirs), SecuredSound(ours=theirs, theirs=ours)
    packet = write_packet(Packet(0, 1, 160, 7, b"x" * 160))
    sealed = here.seal(packet)
    assert packet[12:] not in sealed
    assert there.open(sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert there.open(sealed) == packet
    assert there.open(sealed) is None
