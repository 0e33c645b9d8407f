"""``./run`` as a person meets it: its verbs, and sentences instead of tracebacks."""

import contextlib
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from tools import packages
from tools.checks import sizes, vendored
from tools.project import PROJECT_DIRECTORY, Problem
from tools.verbs.check import CHECKS

VERBS = (
    "demo",
    "test",
    "check",
    "dev",
    "bench",
    "soak",
    "lock",
    "create-organization",
    "audit verify",
    "messages",
    "sbom",
)


def run(*arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PROJECT_DIRECTORY / "run", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **extra},
    )


def test_without_a_verb_it_says_what_there_is() -> None:
    answer = run()
    assert answer.returncode == 0
    for verb in VERBS:
        assert f"\n  {verb}" in answer.stdout


def test_every_verb_has_its_module() -> None:
    for verb in VERBS:
        name = verb.split()[0].replace("-", "_")
        assert (PROJECT_DIRECTORY / "tools" / "verbs" / f"{name}.py").is_file(), verb


def test_an_unknown_verb_is_refused_with_the_list() -> None:
    answer = run("dmeo")
    assert answer.returncode == 2
    assert 'There is no verb "dmeo"' in answer.stderr
    assert "  demo" in answer.stderr


def bind_below(listener: socket.socket, limit: int) -> int:
    """Take a free port below the demo's highest."""
    for port in range(20_000, limit):
        with contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def test_a_taken_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        port = bind_below(taken, 55_000)
        taken.listen()
        answer = run("demo", "--port", str(port), HEARTHLINE_STATE_DIR=str(tmp_path / "state"))
    assert answer.returncode == 1
    assert f"Port {port}" in answer.stderr
    assert "choose another: ./run demo --port" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_package_list_says_what_each_is_for() -> None:
    listed = packages.listed_packages()
    assert {package.stage for package in listed} == {"demo", "test"}
    assert all(package.reason for package in listed)
    assert "postgresql" in {package.name for package in listed if package.is_needed}


def test_missing_packages_are_named_to_someone_who_may_not_install_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(
        packages, "_missing", lambda wanted: [one for one in wanted if one.name in {"postgresql", "coturn"}]
    )
    with pytest.raises(Problem, match=r"apt-get install postgresql$"):
        packages.ensure_packages({"demo"})
    assert "missing: coturn (the TURN relay" in capsys.readouterr().out


def test_missing_wishes_stop_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(packages, "_missing", lambda wanted: [one for one in wanted if not one.is_needed])
    packages.ensure_packages({"demo", "test"})


def test_every_dependency_has_its_reason() -> None:
    reasons = (PROJECT_DIRECTORY / "docs" / "decisions" / "dependencies.md").read_text()
    named = {row.split("|")[1].strip() for row in reasons.splitlines() if row.startswith("| ")} - {"package"}
    lines = (PROJECT_DIRECTORY / "requirements.in").read_text().splitlines()
    wanted = {re.split(r"[<>=~]", line)[0] for line in lines if line and not line.startswith("#")}
    assert named == wanted


def test_sizes_are_measured() -> None:
    text = "class A:\n    def long(self):\n" + "        x = 1\n" * 70
    assert [(name, length) for name, _, length in sizes.python_functions(text)] == [("long", 71)]
    script = (
        "function open() {\n"
        + "  step();\n" * 70
        + "}\nif (a) {\n}\nclass B {\n  close(x) {\n    y();\n  }\n}\n"
    )
    assert [(name[:13], length) for name, _, length in sizes.script_functions(script)] == [
        ("function open", 72),
        ("close(x)", 3),
    ]


def test_vendored_rows_are_read() -> None:
    digest = "a" * 64
    head = "| file | package | version | licence | sha |\n"
    rows = f"| `a/b.js` | b | 1.0 | MIT | {digest} |\n| c.js | c | 2 | MIT | {digest} |\n"
    found = list(vendored.ROW.finditer(head + rows))
    assert [(match["path"], match["licence"]) for match in found] == [("a/b.js", "MIT"), ("c.js", "MIT")]


def test_checks_cover_the_house() -> None:
    told = " ".join(CHECKS)
    for word in (
        "types",
        "format",
        "lint",
        "layers",
        "migrations",
        "locks",
        "sizes",
        "translations",
        "vendored",
    ):
        assert word in told
