"""Drafts on disk: true after a cut at any byte, one writer at a time, sealed."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hearthline.foundation.ids import new_id
from hearthline.imaging.intake import drafts
from hearthline.imaging.intake.drafts import Draft, DraftBusyError, DraftMissingError, DraftStream

ORGANIZATION = UUID(int=77)
Fork = multiprocessing.get_context("fork")


@pytest.fixture
def upload_id(settings: Any, tmp_path: Path) -> Iterator[UUID]:
    settings.HEARTHLINE_UPLOAD_DIRECTORY = tmp_path
    made = new_id()
    drafts.create_draft(ORGANIZATION, made)
    yield made
    drafts.remove_draft(ORGANIZATION, made)


def path_of(upload_id: UUID) -> Path:
    return drafts._path(ORGANIZATION, upload_id)


def content_of(upload_id: UUID) -> bytes:
    with Draft(ORGANIZATION, upload_id) as draft:
        return b"".join(draft.pieces())


def test_pieces_of_any_size_come_back_whole(upload_id: UUID) -> None:
    content = os.urandom(drafts.RECORD_BYTES + 5)
    for start in range(0, len(content), 100_003):
        with Draft(ORGANIZATION, upload_id) as draft:
            assert draft.size == start
            draft.append(content[start : start + 100_003])
            draft.sync()
    assert content_of(upload_id) == content
    with Draft(ORGANIZATION, upload_id) as draft:
        stream = DraftStream(draft)
        assert b"".join(iter(lambda: stream.read(65_536), b"")) == content


def test_the_disk_never_holds_what_was_sent(upload_id: UUID) -> None:
    with Draft(ORGANIZATION, upload_id) as draft:
        draft.append(b"CANARY" * 100)
    assert b"CANARY" not in path_of(upload_id).read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400), pieces=st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=6))
def test_cut_at_any_byte_a_draft_holds_a_beginning(upload_id: UUID, cut: int, pieces: list[bytes]) -> None:
    drafts.remove_draft(ORGANIZATION, upload_id)
    drafts.create_draft(ORGANIZATION, upload_id)
    with Draft(ORGANIZATION, upload_id) as draft:
        for piece in pieces:
            draft.append(piece)
    whole = b"".join(pieces)
    length = path_of(upload_id).stat().st_size
    os.truncate(path_of(upload_id), max(drafts.HEADER.size, length - cut))
    with Draft(ORGANIZATION, upload_id) as draft:
        kept = draft.size
        assert whole[:kept] == b"".join(draft.pieces())
        draft.append(whole[kept:])
    assert content_of(upload_id) == whole


def test_a_draft_altered_on_disk_does_not_open(upload_id: UUID) -> None:
    with Draft(ORGANIZATION, upload_id) as draft:
        draft.append(b"x" * 100)
    with path_of(upload_id).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x00")
    with pytest.raises(InvalidTag):
        content_of(upload_id)


def test_what_came_altered_is_taken_back(upload_id: UUID) -> None:
    with Draft(ORGANIZATION, upload_id) as draft:
        draft.append(b"good")
        mark = draft.mark()
        draft.append(b"bad")
        draft.back_to(mark)
        draft.append(b" more")
    assert content_of(upload_id) == b"good more"


def _hold(upload_id: UUID, told: Any, *, lets_go: bool) -> None:
    """Write in another process until somebody takes the turn over (or for ever)."""
    draft = Draft(ORGANIZATION, upload_id)
    draft.append(b"first ")
    draft.sync()
    told.set()
    while not (lets_go and draft.is_taken_over()):
        time.sleep(0.01)
    draft.append(b"and last words ")
    draft.close()
    os._exit(0)


def test_another_process_lets_go_when_the_turn_is_taken_over(upload_id: UUID) -> None:
    told = Fork.Event()
    other = Fork.Process(target=_hold, args=(upload_id, told), kwargs={"lets_go": True})
    other.start()
    assert told.wait(10)
    began = time.monotonic()
    with Draft(ORGANIZATION, upload_id) as draft:
        assert time.monotonic() - began < 1.5
        draft.append(b"then mine")
    assert content_of(upload_id) == b"first and last words then mine"
    other.join(10)


def test_a_killed_process_holds_nothing_and_loses_nothing_acknowledged(upload_id: UUID) -> None:
    told = Fork.Event()
    other = Fork.Process(target=_hold, args=(upload_id, told), kwargs={"lets_go": False})
    other.start()
    assert told.wait(10)
    with pytest.raises(DraftBusyError):
        Draft(ORGANIZATION, upload_id, patience_seconds=0.05)
    assert other.pid
    os.kill(other.pid, signal.SIGKILL)
    other.join(10)
    assert content_of(upload_id) == b"first "


def test_a_removed_draft_is_missing_and_its_writer_is_told(upload_id: UUID) -> None:
    with Draft(ORGANIZATION, upload_id) as draft:
        assert not draft.is_taken_over()
        drafts.remove_draft(ORGANIZATION, upload_id)
        assert draft.is_taken_over()
    with pytest.raises(DraftMissingError):
        Draft(ORGANIZATION, upload_id)
