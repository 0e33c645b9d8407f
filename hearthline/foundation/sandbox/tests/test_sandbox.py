import time
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
