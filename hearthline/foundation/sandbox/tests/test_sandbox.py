import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from hearthline.foundation.sandbox import (
    Answer,
    Limits,
    SandboxError,
    SandboxLimitError,
    SandboxRefusedError,
    Shift,
    run,
    run_warm,
    standing,
)

HOSTILE = "hearthline.foundation.sandbox.tests.hostile:"
SMALL = Limits(memory_bytes=512 * 1024**2, cpu_seconds=1, wall_seconds=5, output_bytes=4 * 1024**2)


def call(name: str, payload: bytes = b"", **options: Any) -> Answer:
    return run(HOSTILE + name, payload, options=options, limits=SMALL)


def test_returns_facts_and_parts_and_passes_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_SECRET", "canary")
    payload = bytes(range(256)) * 1000
    answer = call("echo", payload, times=3)
    assert answer.facts["size"] == len(payload)
    assert "canary" not in str(answer.facts)
    assert answer.parts == (payload,) * 3


def test_refusals_carry_their_code_and_faults_carry_no_content() -> None:
    with pytest.raises(SandboxRefusedError) as refused:
        call("refuse")
    assert refused.value.code == "not today"
    with pytest.raises(SandboxLimitError) as failed:
        call("fail", b"patient name")
    assert "patient" not in str(failed.value)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("spin", "time"),
        ("eat_memory", "memory"),
        ("crash", "crash"),
        ("start_a_program", "crash"),
        ("flood", "output"),
    ],
)
def test_stops_what_takes_too_much(name: str, code: str) -> None:
    started = time.monotonic()
    with pytest.raises(SandboxLimitError) as stopped:
        call(name)
    assert stopped.value.code == code
    assert time.monotonic() - started < 10


def test_stops_what_only_waits() -> None:
    limits = Limits(cpu_seconds=1, wall_seconds=1)
    with pytest.raises(SandboxLimitError) as stopped:
        run(HOSTILE + "sleep", b"", limits=limits)
    assert stopped.value.code == "time"


def test_cannot_open_keys_devices_or_sockets() -> None:
    keys = Path(settings.HEARTHLINE_KEY_DIRECTORY)
    names = [
        "/etc/passwd",
        "/dev/zero",
        str(settings.STATE_DIRECTORY / "database.json"),
        str(keys / "root.key"),
    ]
    assert call("look_around", "\n".join(names).encode()).facts == {"opened": []}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("refuse", "not today"),
        ("fail", "crash"),
        ("crash", "crash"),
        ("eat_memory", "memory"),
        ("flood", "output"),
    ],
)
def test_a_standing_process_outlives_what_happens_to_its_copies(name: str, code: str) -> None:
    with pytest.raises(SandboxError) as stopped:
        run_warm(HOSTILE + name, b"patient", limits=SMALL)
    assert stopped.value.code == code
    answer = run_warm(HOSTILE + "echo", b"next", options={"times": 2}, limits=SMALL)
    assert answer.parts == (b"next", b"next")
    assert set(answer.facts["environment"]) <= {"LANG", "LC_CTYPE"}


def test_a_standing_process_bounds_time_and_opens_nothing() -> None:
    with pytest.raises(SandboxLimitError) as stopped:
        run_warm(HOSTILE + "sleep", b"x", limits=Limits(cpu_seconds=1, wall_seconds=0.2))
    assert stopped.value.code == "time"
    assert run_warm(HOSTILE + "look_around", b"/etc/passwd\n/dev/zero", limits=SMALL).facts == {"opened": []}


def test_a_killed_standing_process_is_started_again() -> None:
    run_warm(HOSTILE + "echo", b"x", options={"times": 1}, limits=SMALL)
    before = standing.process_of("hearthline.foundation.sandbox.tests.hostile")
    before.kill()
    before.wait()
    assert run_warm(HOSTILE + "echo", b"y", options={"times": 1}, limits=SMALL).parts == (b"y",)


@contextmanager
def memory(content: bytes) -> Iterator[tuple[int, int]]:
    """A descriptor of anonymous memory with some bytes, and how many."""
    descriptor = os.memfd_create("payload")
    os.write(descriptor, content)
    yield descriptor, len(content)
    os.close(descriptor)


def asked(shift: Shift, content: bytes, **options: Any) -> Answer:
    with memory(content) as (descriptor, size):
        return shift.ask(descriptor, size, options)


def test_one_copy_does_many_pieces_of_work_and_sees_one_at_a_time() -> None:
    shift = Shift(HOSTILE + "echo", limits=SMALL, room_bytes=4096)
    assert asked(shift, b"a long first one", times=2).parts == (b"a long first one",) * 2
    assert asked(shift, b"second", times=1).parts == (b"second",)
    assert asked(shift, bytes(5000), times=1).facts["size"] == 5000  # larger than its room: a copy of its own
    assert asked(shift, b"third", times=1).parts == (b"third",)
    shift.end()
    assert asked(shift, b"fourth", times=1).parts == (b"fourth",)
    shift.end()


@pytest.mark.parametrize(
    ("name", "code"), [("fail", "crash"), ("crash", "crash"), ("eat_memory", "memory"), ("flood", "output")]
)
def test_a_copy_that_came_to_a_limit_is_replaced(name: str, code: str) -> None:
    shift = Shift(HOSTILE + name, limits=SMALL, room_bytes=4096)
    for _twice in range(2):
        with pytest.raises(SandboxLimitError) as stopped:
            asked(shift, b"patient")
        assert stopped.value.code == code
        shift.function = HOSTILE + "echo"
        assert asked(shift, b"next", times=1).parts == (b"next",)
        shift.end()
        shift.function = HOSTILE + name
    shift.end()


def test_each_piece_of_a_shift_has_its_time_for_itself() -> None:
    limits = Limits(memory_bytes=512 * 1024**2, cpu_seconds=1, wall_seconds=20.0)
    shift = Shift(HOSTILE + "spin", limits=limits, room_bytes=4096)
    with pytest.raises(SandboxLimitError) as stopped:
        asked(shift, b"x")
    assert stopped.value.code in {"time", "crash"}
    shift.function = HOSTILE + "look_around"
    assert asked(shift, b"/etc/passwd\n/dev/zero").facts == {"opened": []}
    shift.end()
    lazy = Shift(HOSTILE + "sleep", limits=Limits(cpu_seconds=1, wall_seconds=0.2), room_bytes=4096)
    with pytest.raises(SandboxLimitError) as late:
        asked(lazy, b"x")
    assert late.value.code == "time"
    lazy.end()
