"""The pure part of SIP: messages, addresses, descriptions, digests."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.telephony.sip import sdp
from hearthline.telephony.sip.dialogs import dialog_of_invite, respond
from hearthline.telephony.sip.digest import Credentials, authorization, challenges_of
from hearthline.telephony.sip.limits import Pace
from hearthline.telephony.sip.messages import (
    MESSAGE_BYTES_MOST,
    MalformedError,
    Request,
    Response,
    parse,
    parse_address,
    parse_uri,
    parse_via,
    serialize,
    split_list,
    take_frame,
)

INVITE = b"\r\n".join(
    [
        b"INVITE sip:+15125550100@127.0.0.1 SIP/2.0",
        b"Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK1;rport",
        b'f: "A, B" <sip:phone@127.0.0.1:5080>;tag=abc',
        b"t: <sip:+15125550100@127.0.0.1>",
        b"i: call-1",
        b"CSeq: 7 INVITE",
        b"m: <sip:phone@127.0.0.1:5080>",
        b"Subject: one",
        b"  two",
        b"l: 4",
        b"",
        b"bodyEXTRA",
    ]
)
WORD = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=':;,<>"@ '), min_size=1, max_size=20
)


def invite(**changes: Any) -> Request:
    message = parse(INVITE)
    assert isinstance(message, Request)
    return replace(message, **changes) if changes else message


class TestMessages:
    def test_long_and_short_names_folded_lines_and_lengths(self) -> None:
        message = invite()
        assert (message.method, message.uri) == ("INVITE", "sip:+15125550100@127.0.0.1")
        assert message.get("subject") == "one two"
        assert message.call_id == "call-1"
        assert message.sequence == (7, "INVITE")
        assert message.body == b"body"

    @given(st.binary(max_size=600))
    def test_no_bytes_do_more_than_be_refused(self, data: bytes) -> None:
        for text in (data, INVITE + data, INVITE[: len(data)], data.join([INVITE[:40], INVITE[40:]])):
            try:
                parse(text)
            except MalformedError:
                continue

    @given(WORD, WORD, st.integers(0, 2**31 - 1), st.binary(max_size=200))
    def test_what_is_written_is_read_again(self, name: str, value: str, number: int, body: bytes) -> None:
        message = invite(body=body).with_header("x-some", value).replaced("cseq", f"{number} INVITE")
        message = message.replaced("call-id", name)
        again = parse(serialize(message))
        assert isinstance(again, Request)
        assert (again.get("x-some"), again.sequence[0], again.call_id) == (value, number, name)
        assert again.body == body
        response = parse(serialize(respond(message, 486, tag="ours", source="127.0.0.9:7")))
        assert isinstance(response, Response)
        assert (response.status, parse_address(response.get("to")).tag) == (486, "ours")
        assert parse_via(response.get("via")).options["received"] == "127.0.0.9"

    @given(st.text(max_size=80))
    def test_no_value_breaks_out_of_its_line(self, text: str) -> None:
        try:
            data = serialize(invite().with_header("x-some", text))
        except (MalformedError, UnicodeEncodeError):
            return
        assert data.count(b"\r\n") == serialize(invite()).count(b"\r\n") + 1

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"CSeq: 7 INVITE", b"CSeq: 7 BYE"),
            (b"CSeq: 7 INVITE", b"CSeq: 99999999999 INVITE"),
            (b"i: call-1\r\n", b""),
            (b"l: 4", b"l: 400"),
            (b"l: 4", b"l: -4"),
            (b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia"),
            (b"Subject: one", b"Subject: " + b"x" * 3000),
            (b"Subject: one", b"Subject: a\x00b"),
            (b"Subject: one", b"\r\n".join(b"X: y" for _ in range(100))),
            (b"\r\n\r\n", b"\r\n\r\r"),
        ],
    )
    def test_malformed_messages_are_named_so(self, old: bytes, new: bytes) -> None:
        with pytest.raises(MalformedError):
            parse(INVITE.replace(old, new))

    def test_a_stream_is_cut_into_messages_wherever_it_is_torn(self) -> None:
        whole = serialize(invite()) + b"\r\n\r\n" + serialize(invite(body=b""))
        for cut in range(0, len(whole), 7):
            found, buffer = [], b""
            for piece in (whole[:cut], whole[cut:]):
                frame, buffer = take_frame(buffer + piece)
                while frame is not None:
                    found.append(parse(frame).body)
                    frame, buffer = take_frame(buffer)
            assert found == [b"body", b""]

    def test_a_stream_without_length_or_end_is_given_up(self) -> None:
        with pytest.raises(MalformedError):
            take_frame(INVITE.replace(b"l: 4\r\n", b""))
        with pytest.raises(MalformedError):
            take_frame(b"x" * (MESSAGE_BYTES_MOST + 1))

    def test_addresses(self) -> None:
        address = parse_address('"A, <B>" <sip:+1512;x=y@[::1]:5061;transport=tls>;tag=t')
        assert (address.uri.user, address.uri.host, address.uri.port, address.tag) == (
            "+1512",
            "[::1]",
            5061,
            "t",
        )
        plain = parse_address("<sip:phone@10.0.0.1:5061;transport=tls>;tag=t")
        assert (plain.uri.user, plain.uri.host, plain.uri.port, plain.tag) == ("phone", "10.0.0.1", 5061, "t")
        assert parse_uri("tel:+15125550100").user == "+15125550100"
        assert split_list('a, "b, c", <d,e>') == ["a", '"b, c"', "<d,e>"]

    @given(st.text(max_size=120))
    def test_no_text_breaks_the_readers_of_addresses(self, text: str) -> None:
        for reader in (parse_uri, parse_address, parse_via):
            try:
                reader(text)
            except MalformedError:
                continue

    def test_a_caller_without_mark_or_contact_begins_no_dialog(self) -> None:
        for name, value in (("from", "<sip:a@b>"), ("contact", "")):
            with pytest.raises(MalformedError):
                dialog_of_invite(invite().replaced(name, value), "ours")


class TestDescriptions:
    OFFER = (
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 111 8 0 96\r\na=rtpmap:111 opus/48000/2\r\n"
        b"a=rtpmap:96 telephone-event/8000\r\na=sendonly\r\n"
    )

    def test_the_first_form_that_we_know_and_their_number_of_keys(self) -> None:
        offer = sdp.parse_sound(self.OFFER)
        assert (offer.address, offer.port, offer.codecs, offer.events) == ("10.0.0.1", 4000, (8, 0), 96)
        answer = sdp.answer_to(offer, address="10.0.0.2", port=5000)
        again = sdp.parse_sound(sdp.write_sound(answer, session=1))
        assert (again.codecs, again.events, again.direction) == ((8,), 96, "recvonly")

    def test_secured_sound_is_answered_secured_with_a_key_of_our_own(self) -> None:
        offer = sdp.Sound("10.0.0.1", 4000, (0,), key=sdp.new_key(), crypto_tag="3")
        read = sdp.parse_sound(sdp.write_sound(offer, session=1))
        assert (read.key, read.crypto_tag) == (offer.key, "3")
        answer = sdp.answer_to(read, address="10.0.0.2", port=5000)
        assert answer.is_secured
        assert answer.key != offer.key

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"111 8 0 96", b"111"),
            (b"m=audio 4000", b"m=audio 0"),
            (b"m=audio", b"m=video"),
            (b"RTP/AVP", b"RTP/SAVP"),
            (b"10.0.0.1\r\nt", b"example\r\nt"),
            (b"4000", b"70000"),
        ],
    )
    def test_what_we_cannot_take_is_refused(self, old: bytes, new: bytes) -> None:
        with pytest.raises(MalformedError):
            sdp.parse_sound(self.OFFER.replace(old, new))

    @given(st.binary(max_size=400))
    def test_no_bytes_do_more_than_be_refused(self, data: bytes) -> None:
        for text in (data, self.OFFER + data, self.OFFER[: len(data)] + data):
            try:
                sdp.parse_sound(text)
            except MalformedError:
                continue


class TestDigest:
    def challenge(self, algorithm: str) -> Response:
        value = (
            'Digest realm="http-auth@example.org", qop="auth, auth-int", '
            f'algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe"'
        )
        return Response((("www-authenticate", value),), b"", 401, "")

    @pytest.mark.parametrize(
        ("algorithm", "expected"),
        [  # RFC 7616 section 3.9.1
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ],
    )
    def test_the_vectors_of_the_standard(self, algorithm: str, expected: str) -> None:
        value = authorization(
            challenges_of(self.challenge(algorithm))[0],
            Credentials("Mufasa", "Circle of Life"),
            method="GET",
            uri="/dir/index.html",
            client_nonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        )
        assert f'response="{expected}"' in value

    def test_the_old_form_without_quality(self) -> None:
        header = (("proxy-authenticate", 'Digest realm="r", nonce="n"'),)
        challenge = challenges_of(Response(header, b"", 407, ""))[0]
        assert challenge.header == "proxy-authorization"
        value = authorization(challenge, Credentials("u", "p"), method="INVITE", uri="sip:x")

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the protocol's

        assert f'response="{md5(md5("u:r:p") + ":n:" + md5("INVITE:sip:x"))}"' in value
        assert "cnonce" not in value

    def test_the_strongest_is_chosen_and_strange_ones_are_left(self) -> None:
        offered = [
            ("www-authenticate", f'Digest realm="r", nonce="n", algorithm={one}')
            for one in ("MD5", "X", "SHA-256")
        ]
        offered.append(("www-authenticate", "Basic realm=r"))
        found = challenges_of(Response(tuple(offered), b"", 401, ""))
        assert [one.algorithm for one in found] == ["SHA-256", "MD5"]


def test_the_pace_of_new_calls_is_held_for_each_source() -> None:
    now = [0.0]
    pace = Pace(per_second=1, at_once=3, now=lambda: now[0])
    assert [pace.allows("a") for _ in range(4)] == [True, True, True, False]
    assert pace.allows("b")
    now[0] = 2.0
    assert [pace.allows("a") for _ in range(3)] == [True, True, False]
