"""The virus scanner: a real clamd with one signature of our own, and what happens while it is away."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hearthline.imaging.intake import scanner
from hearthline.imaging.intake.choices import Scan
from hearthline.imaging.intake.examination import judge
from hearthline.imaging.intake.scanner import ScannerUnavailableError
from hearthline.imaging.intake.tests.hostile import honest_dicom, photo

CLAMD = shutil.which("clamd") or "/usr/sbin/clamd"
HARMFUL = b"hearthline-test-harmful-content"
START_SECONDS = 30.0


@pytest.fixture
def clamd(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Run a scanner whose whole database is one line."""
    if not Path(CLAMD).exists():
        pytest.skip("clamav-daemon is not installed: apt-get install clamav-daemon")
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "ours.ndb").write_text(f"Hearthline.Test:0:*:{HARMFUL.hex()}\n")
    address = tmp_path / "clamd.sock"
    configuration = tmp_path / "clamd.conf"
    configuration.write_text(
        f"LocalSocket {address}\nDatabaseDirectory {tmp_path}/database\nForeground yes\nStreamMaxLength 100M\n"
        f"TemporaryDirectory {tmp_path}\nMaxThreads 2\nBytecode no\n"
    )
    process = subprocess.Popen(
        [CLAMD, "--config-file", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    settings.HEARTHLINE_CLAMD = str(address)
    deadline = time.monotonic() + START_SECONDS
    while not scanner.standing().is_answering:
        assert time.monotonic() < deadline, "clamd does not answer"
        time.sleep(0.05)
    try:
        yield address
    finally:
        process.kill()
        process.wait(10)


def test_a_real_scanner_finds_what_it_knows_wherever_it_hides(clamd: Path) -> None:
    for content in (HARMFUL, photo(comment=HARMFUL), honest_dicom(preamble=b"II*\0" + HARMFUL)):
        verdict = judge(content)
        assert (verdict.refusal, verdict.scan) == ("harmful", Scan.FOUND)
    clean = judge(photo())
    assert (clean.refusal, clean.scan) == ("", Scan.CLEAN)
    standing = scanner.standing()
    assert standing.version.startswith("1.")
    assert standing.is_old  # one line of ours is no database


def test_without_an_answer_nothing_is_taken_unless_the_policy_says_so(settings: Any, tmp_path: Path) -> None:
    settings.HEARTHLINE_CLAMD = str(tmp_path / "nobody.sock")
    with pytest.raises(ScannerUnavailableError):
        judge(b"just words")
    settings.HEARTHLINE_SCANS_EVERYTHING = False
    assert judge(b"just words").scan is Scan.NOT_ASKED
    assert not scanner.standing().is_answering


def test_the_age_of_the_database_is_read(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.HEARTHLINE_CLAMD = "127.0.0.1:3310"
    monkeypatch.setattr(scanner, "_ask", lambda *_, **__: "ClamAV 1.4.6/27000/Thu Jan  1 08:30:00 2026")
    standing = scanner.standing()
    assert standing.database_at is not None
    assert standing.database_at.isoformat() == "2026-01-01T08:30:00+00:00"
