import hashlib
import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hearthline.foundation import clock
from hearthline.foundation.blobs import (
    CHUNK_BYTES,
    HEADER,
    SEALED_CHUNK,
    BlobMissingError,
    BlobTooLargeError,
    discard,
    keep,
    open_blob,
    store,
    sweep,
    write,
)
from hearthline.foundation.crypto import CryptographyError, key_store
from hearthline.foundation.ids import new_id

SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 77]


@pytest.fixture(autouse=True)
def directory(settings: Any, tmp_path: Path) -> Path:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"
    settings.HEARTHLINE_KEY_DIRECTORY = tmp_path / "keys"
    return tmp_path / "blobs"


@pytest.fixture
def organization_id() -> UUID:
    return new_id()


def files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*/*/*"))


@pytest.mark.parametrize("size", SIZES)
def test_returns_what_was_stored_whole_and_in_ranges(
    organization_id: UUID, directory: Path, size: int
) -> None:
    content = os.urandom(size)
    ref = store(organization_id, io.BytesIO(content), "image/jpeg")
    assert (ref.sha256, ref.size) == (hashlib.sha256(content).hexdigest(), size)
    blob = open_blob(organization_id, ref.sha256)
    assert blob.read() == content
    for start, end in (
        (0, size),
        (size // 2, size),
        (size // 3, size // 3 * 2),
        (size, size),
        (0, min(size, 10)),
    ):
        assert b"".join(blob.stream(start, end)) == content[start:end]
    for start, end in ((-1, 0), (0, size + 1), (size + 1, size + 1)):
        with pytest.raises(ValueError, match="not within"):
            blob.stream(start, end)
    (file,) = files(directory)
    assert ref.sha256[:8] not in str(file)
    if size > 20:
        assert content[:20] not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o400


def test_reads_streams_that_give_little_at_a_time(organization_id: UUID) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1000))

    content = os.urandom(2 * CHUNK_BYTES + 5)
    ref = store(organization_id, Slow(content))
    assert open_blob(organization_id, ref.sha256).read() == content


def test_refuses_more_than_the_limit_and_keeps_nothing(organization_id: UUID, directory: Path) -> None:
    store(organization_id, io.BytesIO(bytes(100)), max_bytes=100)
    with pytest.raises(BlobTooLargeError):
        store(organization_id, io.BytesIO(bytes(101)), max_bytes=100)
    assert len(files(directory)) == 1
    assert not list(directory.rglob(".draft-*"))


def test_the_same_content_is_kept_once_for_each_organization(organization_id: UUID, directory: Path) -> None:
    other = new_id()
    refs = [store(one, io.BytesIO(b"same")) for one in (organization_id, organization_id, other)]
    assert len({ref.sha256 for ref in refs}) == 1
    assert len(files(directory)) == 2
    assert len({path.name for path in files(directory)}) == 2


def test_another_organization_has_no_such_file(organization_id: UUID) -> None:
    ref = store(organization_id, io.BytesIO(b"private"))
    neighbour = new_id()
    store(neighbour, io.BytesIO(b"other"))
    with pytest.raises(BlobMissingError):
        open_blob(neighbour, ref.sha256)
    assert open_blob(organization_id, ref.sha256).read() == b"private"


def test_finds_every_kind_of_tampering(organization_id: UUID, directory: Path) -> None:
    ref = store(organization_id, io.BytesIO(os.urandom(3 * CHUNK_BYTES)))
    (path,) = files(directory)
    sound = path.read_bytes()
    chunks = [sound[HEADER.size + i * SEALED_CHUNK : HEADER.size + (i + 1) * SEALED_CHUNK] for i in range(3)]
    footer = sound[HEADER.size + 3 * SEALED_CHUNK :]
    head = sound[: HEADER.size]
    flipped = bytearray(sound)
    flipped[HEADER.size + SEALED_CHUNK + 9] ^= 1
    for changed in (
        bytes(flipped),
        sound[:-1],
        head,
        b"",
        head + chunks[0] + chunks[1] + footer,
        head + chunks[1] + chunks[0] + chunks[2] + footer,
        head + b"".join(chunks) + chunks[2] + footer,
        b"XXXX" + sound[4:],
    ):
        path.chmod(0o600)
        path.write_bytes(changed)
        with pytest.raises(CryptographyError):
            open_blob(organization_id, ref.sha256).read()


def test_a_file_in_the_place_of_another_does_not_open(organization_id: UUID, directory: Path) -> None:
    first = store(organization_id, io.BytesIO(b"first"))
    (first_path,) = files(directory)
    store(organization_id, io.BytesIO(b"other"))
    (other_path,) = set(files(directory)) - {first_path}
    other_path.replace(first_path)
    with pytest.raises(CryptographyError, match="place of another"):
        open_blob(organization_id, first.sha256)
    store(organization_id, io.BytesIO(b"first"))
    assert open_blob(organization_id, first.sha256).read() == b"first"


def test_rotated_keys_read_old_files_and_destroyed_keys_read_none(organization_id: UUID) -> None:
    old = store(organization_id, io.BytesIO(b"old"))
    key_store().rotate(organization_id)
    new = store(organization_id, io.BytesIO(b"new"))
    assert open_blob(organization_id, old.sha256).read() == b"old"
    assert open_blob(organization_id, new.sha256).read() == b"new"
    key_store().destroy(organization_id)
    with pytest.raises(CryptographyError):
        open_blob(organization_id, old.sha256)


def test_sweeps_only_what_is_old_and_unreferenced(organization_id: UUID, directory: Path) -> None:
    kept, dropped, again = (
        store(organization_id, io.BytesIO(text)) for text in (b"kept", b"dropped", b"again")
    )
    assert sweep(organization_id, [kept.sha256]) == 0
    old = (clock.now() - timedelta(days=3)).timestamp()
    for path in files(directory):
        os.utime(path, (old, old))
    store(organization_id, io.BytesIO(b"again"))
    assert sweep(organization_id, [kept.sha256]) == 1
    assert open_blob(organization_id, kept.sha256).read() == b"kept"
    assert open_blob(organization_id, again.sha256).read() == b"again"
    with pytest.raises(BlobMissingError):
        open_blob(organization_id, dropped.sha256)
    assert sweep(new_id(), []) == 0


def test_drafts_are_kept_together_or_thrown_away(organization_id: UUID, directory: Path) -> None:
    contents = [os.urandom(CHUNK_BYTES + number) for number in range(12)]
    drafts = [write(organization_id, io.BytesIO(content)) for content in [*contents, contents[0]]]
    assert files(directory) == []
    unwanted = drafts.pop(3)
    keep(organization_id, drafts)
    discard([unwanted])
    assert len(files(directory)) == 11
    assert not list(directory.rglob(".draft-*"))
    for draft in drafts:
        content = open_blob(organization_id, draft.ref.sha256).read()
        assert hashlib.sha256(content).hexdigest() == draft.ref.sha256
    with pytest.raises(BlobMissingError):
        open_blob(organization_id, unwanted.ref.sha256)


def test_what_a_power_cut_left_half_is_replaced_by_whoever_stores_it_again(
    organization_id: UUID, directory: Path
) -> None:
    content = os.urandom(2 * CHUNK_BYTES)
    ref = store(organization_id, io.BytesIO(content))
    (path,) = files(directory)
    for left in (b"", path.read_bytes()[:1000], bytes(path.stat().st_size)):
        path.chmod(0o600)
        path.write_bytes(left)
        with pytest.raises(CryptographyError):
            open_blob(organization_id, ref.sha256)
        keep(organization_id, [write(organization_id, io.BytesIO(content))])
        assert open_blob(organization_id, ref.sha256).read() == content
