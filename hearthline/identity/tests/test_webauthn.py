"""Passkeys with an authenticator made of a few lines, so that it can lie: origin, verification, replay."""

import hashlib
import json
import struct
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

from hearthline.identity.accounts import prove_address
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import is_inside
from tests.people import People
from tests.people import sign_in as session_of

HOME = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 1, 4, 64
BROKEN = json.dumps(
    {
        "id": "AA",
        "rawId": "AA",
        "type": "public-key",
        "response": {"clientDataJSON": "AA", "attestationObject": "AA"},
    }
)


class Key:
    """A passkey of one person, that signs what it is told to."""

    def __init__(self, user: Any) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(user.pk).encode()).digest()
        self.handle = quote(user_id_to_str(user)).encode()

    def _facts(self, flags: int, rp_id: str, more: bytes = b"") -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, 0) + more

    def _told(self, kind: str, options: dict[str, Any], origin: str) -> bytes:
        told = {
            "type": kind,
            "challenge": options["publicKey"]["challenge"],
            "origin": origin,
            "crossOrigin": False,
        }
        return json.dumps(told).encode()

    def _credential(self, **response: bytes) -> str:
        named = {
            "clientDataJSON" if name == "told" else name: websafe_encode(value)
            for name, value in response.items()
        }
        whole = {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key"}
        return json.dumps(whole | {"response": named, "clientExtensionResults": {}})

    def made(
        self, options: dict[str, Any], origin: str = HOME, flags: int = PRESENT | VERIFIED | ATTESTED
    ) -> str:
        """Answer the making of a passkey."""
        public = cbor.encode(ES256.from_cryptography_key(self.private.public_key()))  # type: ignore[no-untyped-call]
        facts = self._facts(
            flags, "localhost", b"\0" * 16 + struct.pack(">H", len(self.id)) + self.id + public
        )
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": facts})
        return self._credential(
            told=self._told("webauthn.create", options, origin), attestationObject=attestation
        )

    def used(self, options: dict[str, Any], origin: str = HOME, flags: int = PRESENT | VERIFIED) -> str:
        """Answer a sign-in."""
        told, facts = self._told("webauthn.get", options, origin), self._facts(flags, "localhost")
        signature = self.private.sign(facts + hashlib.sha256(told).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            told=told, authenticatorData=facts, signature=signature, userHandle=self.handle
        )


def options_of(page: Any, name: str) -> Any:
    text = page.content.decode().partition('type="application/json">')[2].partition("</script>")[0]
    return json.loads(text)[name]


def make(client: Client, key: Key, **lies: Any) -> Any:
    options = options_of(client.get("/account/security/passkeys/add/"), "creation_options")
    return client.post(
        "/account/security/passkeys/add/", {"name": "key", "credential": key.made(options, **lies)}
    )


def asked(client: Client) -> Any:
    return client.get("/sign-in/passkey/", headers={"Accept": "application/json"}).json()["request_options"]


@pytest.fixture
def held(people: People) -> Key:
    """A nurse's passkey."""
    prove_address(people.nurse.user)
    key = Key(people.nurse.user)
    assert make(session_of(people.nurse.user, people.organization.id, is_mfa=False), key).status_code == 302
    return key


def test_a_passkey_signs_in_alone_with_its_second_factor(people: People, held: Key) -> None:
    client = Client()
    assert client.post("/sign-in/passkey/", {"credential": held.used(asked(client))}).status_code == 302
    assert is_inside(client)
    assert client.get("/account/devices/").status_code == 200


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://localhost.evil.example"},
        {"origin": "null"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ],
)
def test_a_well_signed_lie_opens_nothing(people: People, held: Key, lies: dict[str, Any]) -> None:
    client = Client()
    client.post("/sign-in/passkey/", {"credential": held.used(asked(client), **lies)})
    assert not is_inside(client)


@pytest.mark.parametrize("lies", [{"origin": "https://evil.example"}, {"flags": PRESENT | ATTESTED}])
def test_a_passkey_made_with_a_lie_is_not_kept(people: People, lies: dict[str, Any]) -> None:
    prove_address(people.nurse.user)
    client = session_of(people.nurse.user, people.organization.id)
    assert make(client, Key(people.nurse.user), **lies).status_code == 422
    assert not Authenticator.objects.exists()


def test_an_answer_is_good_for_one_question(people: People, held: Key) -> None:
    client = Client()
    answer = held.used(asked(client))
    client.post("/sign-in/passkey/", {"credential": answer})
    client.post("/sign-out/")
    client.post("/sign-in/passkey/", {"credential": answer})
    assert not is_inside(client)
    asked(client)
    client.post("/sign-in/passkey/", {"credential": answer})
    assert not is_inside(client)


def test_another_key_does_not_speak_for_a_person(people: People, held: Key) -> None:
    forger = Key(people.nurse.user)
    client = Client()
    client.post("/sign-in/passkey/", {"credential": forger.used(asked(client))})
    assert not is_inside(client)


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "null", '{"id": 1}', "\x00", '{"response": "x"}', "[" * 3000]
)
def test_nonsense_is_refused_with_words(people: People, held: Key, credential: str) -> None:
    client = Client()
    asked(client)
    assert client.post("/sign-in/passkey/", {"credential": credential}).status_code in {302, 422}
    assert not is_inside(client)
    inside = session_of(people.nurse.user, people.organization.id)
    inside.get("/account/security/passkeys/add/")
    assert inside.post("/account/security/passkeys/add/", {"credential": credential}).status_code == 422


def test_the_last_passkey_of_staff_stays_and_is_named_anew(people: People, held: Key, trail: Trail) -> None:
    client = session_of(people.nurse.user, people.organization.id)
    passkey = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)
    where = f"/account/security/passkeys/{passkey.pk}"
    assert client.post(f"{where}/name/", {"name": "desk"}).status_code == 302
    assert "desk" in client.get("/account/security/").content.decode()
    assert client.post(f"{where}/remove/").status_code == 422
    assert Authenticator.objects.filter(pk=passkey.pk).exists()
    other = session_of(people.physician.user, people.organization.id)
    assert other.get(f"{where}/remove/").status_code == 404
    assert trail.count_of("second_factor.removed") == 0
