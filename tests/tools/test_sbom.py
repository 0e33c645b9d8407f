"""The bill of materials names what runs: each Python package of the lock, and each file of somebody else's."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools.checks import vendored
from tools.checks.sources import is_vendored, project_files
from tools.project import PROJECT_DIRECTORY
from tools.verbs import sbom

LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.IGNORECASE | re.MULTILINE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def components(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    target = tmp_path_factory.mktemp("bill") / "sbom.json"
    assert sbom.main([str(target)]) == 0
    bill = json.loads(target.read_text())
    assert bill["bomFormat"] == "CycloneDX"
    found: list[dict[str, Any]] = bill["components"]
    return found


def test_every_locked_package_is_named_with_its_version(components: list[dict[str, Any]]) -> None:
    locked = {
        plain(name): version
        for name, version in LOCKED.findall((PROJECT_DIRECTORY / "requirements.txt").read_text())
    }
    assert len(locked) > 20
    named = {plain(one["name"]): one["version"] for one in components if one["type"] == "library"}
    assert named == locked


def test_every_vendored_file_is_named_with_hash_and_licence(components: list[dict[str, Any]]) -> None:
    files = {one["name"]: one for one in components if one["type"] == "file"}
    kept = [one.path for one in vendored.listed_files()]
    strangers = {path for path in project_files() if is_vendored(path) and path.name != "VENDORED.md"}
    assert files
    assert strangers <= set(kept)
    assert sorted(files) == sorted(path.as_posix() for path in kept)
    for path in kept:
        told = files[path.as_posix()]
        digest = hashlib.sha256((PROJECT_DIRECTORY / path).read_bytes()).hexdigest()
        assert told["hashes"] == [{"alg": "SHA-256", "content": digest}]
        assert told["licenses"][0]["expression"]
        assert told["version"]
    assert len({one["bom-ref"] for one in components}) == len(components)


def test_a_file_that_somebody_changed_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one = next(vendored.listed_files())
    (tmp_path / one.path).parent.mkdir(parents=True)
    (tmp_path / one.path).write_bytes(b"// somebody else's")
    monkeypatch.setattr(vendored, "PROJECT_DIRECTORY", tmp_path)
    assert any("changed since it was vendored" in failure for failure in vendored._compare(one))
