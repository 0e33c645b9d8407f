import json
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hearthline.foundation.crypto import (
    CryptographyError,
    KeysDestroyedError,
    Purpose,
    blind_index,
    installation_decrypt,
    installation_encrypt,
    key_store,
    key_version_of,
    seal,
    unseal,
)
from hearthline.foundation.crypto.keystore import MAX_RINGS_IN_MEMORY, KeyStore
from hearthline.foundation.ids import new_id

CONTEXT = "table|column|row"


@pytest.fixture(autouse=True)
def _own_keys(settings: Any, tmp_path: Path) -> None:
    settings.HEARTHLINE_KEY_DIRECTORY = tmp_path / "keys"


@pytest.mark.parametrize("plain", [b"", b"x", b"\x00" * 1000, "ñ عربي".encode()])
def test_opens_what_was_sealed(plain: bytes) -> None:
    organization_id = new_id()
    sealed = seal(organization_id, Purpose.FIELDS, plain, context=CONTEXT)
    assert unseal(organization_id, Purpose.FIELDS, sealed, context=CONTEXT) == plain
    assert seal(organization_id, Purpose.FIELDS, plain, context=CONTEXT) != sealed


def test_does_not_open_elsewhere() -> None:
    here, elsewhere = new_id(), new_id()
    sealed = seal(here, Purpose.FIELDS, b"secret", context=CONTEXT)
    seal(elsewhere, Purpose.FIELDS, b"", context=CONTEXT)
    for organization_id, purpose, context in (
        (elsewhere, Purpose.FIELDS, CONTEXT),
        (here, Purpose.FILES, CONTEXT),
        (here, Purpose.FIELDS, "table|column|other"),
    ):
        with pytest.raises(CryptographyError):
            unseal(organization_id, purpose, sealed, context=context)


def test_finds_every_changed_byte() -> None:
    organization_id = new_id()
    sealed = seal(organization_id, Purpose.FIELDS, b"dose 5 mg", context=CONTEXT)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CryptographyError) as raised:
            unseal(organization_id, Purpose.FIELDS, bytes(changed), context=CONTEXT)
        assert "dose" not in str(raised.value)
    for cut in (b"", sealed[:10], sealed[:-1]):
        with pytest.raises(CryptographyError):
            unseal(organization_id, Purpose.FIELDS, cut, context=CONTEXT)


def test_opening_never_creates_a_key(tmp_path: Path) -> None:
    with pytest.raises(CryptographyError, match="holds no key"):
        unseal(new_id(), Purpose.FIELDS, bytes(60).replace(b"\0", b"\1", 1), context=CONTEXT)
    assert not list(tmp_path.glob("keys/organizations/*"))


def test_rotation_keeps_old_values_readable_and_look_ups_the_same() -> None:
    organization_id = new_id()
    old = seal(organization_id, Purpose.FIELDS, b"old", context=CONTEXT)
    index = blind_index(organization_id, "telephone", "+15125550100")
    assert key_store().rotate(organization_id) == 2
    new = seal(organization_id, Purpose.FIELDS, b"new", context=CONTEXT)
    assert (key_version_of(old), key_version_of(new)) == (1, 2)
    assert unseal(organization_id, Purpose.FIELDS, old, context=CONTEXT) == b"old"
    assert unseal(organization_id, Purpose.FIELDS, new, context=CONTEXT) == b"new"
    assert blind_index(organization_id, "telephone", "+15125550100") == index


def test_destroyed_keys_stay_destroyed_in_every_process() -> None:
    organization_id, neighbour = new_id(), new_id()
    sealed = seal(organization_id, Purpose.FIELDS, b"gone", context=CONTEXT)
    kept = seal(neighbour, Purpose.FIELDS, b"kept", context=CONTEXT)
    KeyStore(key_store().directory).destroy(organization_id)  # as another process would
    for act in (
        lambda: unseal(organization_id, Purpose.FIELDS, sealed, context=CONTEXT),
        lambda: seal(organization_id, Purpose.FIELDS, b"new", context=CONTEXT),
        lambda: key_store().rotate(organization_id),
    ):
        with pytest.raises(KeysDestroyedError):
            act()
    assert unseal(neighbour, Purpose.FIELDS, kept, context=CONTEXT) == b"kept"


def test_key_files_are_private_and_hold_no_key_in_the_clear(tmp_path: Path) -> None:
    organization_id = new_id()
    seal(organization_id, Purpose.FIELDS, b"", context=CONTEXT)
    files = [path for path in (tmp_path / "keys").rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o400}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    ring = key_store().ring(organization_id)
    assert all(key not in path.read_bytes() for path in files for key in ring.keys.values())
    assert ring.keys[1].hex() not in repr(ring)


def test_a_key_file_of_another_organization_or_root_does_not_open(tmp_path: Path) -> None:
    organization_id, other = new_id(), new_id()
    sealed = seal(organization_id, Purpose.FIELDS, b"x", context=CONTEXT)
    seal(other, Purpose.FIELDS, b"x", context=CONTEXT)
    directory = tmp_path / "keys/organizations"
    (directory / f"{other}.json").replace(directory / f"{organization_id}.json")
    with pytest.raises(CryptographyError, match="does not belong"):
        unseal(organization_id, Purpose.FIELDS, sealed, context=CONTEXT)
    (tmp_path / "keys/root.key").unlink()
    with pytest.raises(CryptographyError, match=r"root\.key is missing"):
        seal(new_id(), Purpose.FIELDS, b"x", context=CONTEXT)


def test_remembers_a_bounded_number_of_keys() -> None:
    organizations = [new_id() for _ in range(MAX_RINGS_IN_MEMORY + 5)]
    sealed = [seal(one, Purpose.FIELDS, b"x", context=CONTEXT) for one in organizations]
    assert len(key_store()._rings) == MAX_RINGS_IN_MEMORY
    assert unseal(organizations[0], Purpose.FIELDS, sealed[0], context=CONTEXT) == b"x"


def _first_key(arguments: tuple[Path, UUID]) -> str:
    directory, organization_id = arguments
    return KeyStore(directory).ring(organization_id, may_create=True).keys[1].hex()


def test_processes_and_threads_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    work = [(tmp_path / "keys", new_id())] * 24
    with get_context("spawn").Pool(3) as pool:
        made = pool.map_async(_first_key, work, chunksize=1).get(timeout=60)
    with ThreadPoolExecutor(8) as threads:
        made += threads.map(_first_key, [(tmp_path / "keys2", work[0][1])] * 24)
    assert len(set(made[:24])) == 1
    assert len(set(made[24:])) == 1
    assert not list((tmp_path / "keys").rglob(".*.json.*"))


def test_look_up_digests_differ_by_organization_purpose_and_value() -> None:
    one, other = new_id(), new_id()
    digests = {
        blind_index(organization_id, purpose, value)
        for organization_id in (one, other)
        for purpose in ("email", "telephone")
        for value in ("a", "b")
    }
    assert len(digests) == 8
    assert {len(digest) for digest in digests} == {32}


def test_installation_values_are_text_bound_to_their_place() -> None:
    sealed = installation_encrypt("JBSWY3DPEHPK3PXP", context="authenticator|1")
    assert json.loads(json.dumps(sealed)) == sealed
    assert "JBSWY" not in sealed
    assert installation_decrypt(sealed, context="authenticator|1") == "JBSWY3DPEHPK3PXP"
    with pytest.raises(CryptographyError):
        installation_decrypt(sealed, context="authenticator|2")
    with pytest.raises(CryptographyError):
        installation_decrypt("JBSWY3DPEHPK3PXP", context="authenticator|1")
