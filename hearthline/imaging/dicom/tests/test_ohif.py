"""OHIF is installed from the pinned package alone, and opens under the roots that somebody reaches."""

import base64
import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from hearthline.audit.models import AuditEntry
from hearthline.directory.tests.stage import watch_audit
from hearthline.imaging.dicom import ohif
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.services.grants import give
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from tests.people import People

PAGE = b"""<script>1</script><script defer src="/app.bundle.00ff.js"></script>
<link href="/app.bundle.css" rel="stylesheet">"""
SHIPPED = {
    "package/LICENSE": b"MIT",
    "package/README.md": b"not for browsers",
    "package/dist/index.html": PAGE,
    "package/dist/app.bundle.00ff.js": b'(() => {\n__webpack_require__.p = "/";\n})();',
    "package/dist/app.bundle.00ff.js.map": b"{}",
    "package/dist/app.bundle.css": b"a { src: url(/b.woff2) }",
    "package/dist/assets/one.svg": b"<svg/>",
    "package/dist/google.js": b"elsewhere()",
    "package/dist/ort/ort.js": b"elsewhere()",
    "package/dist/../escaped.js": b"1",
}
Install = Callable[[], object]


@pytest.fixture
def install(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package that looks like the real one and is pinned."""
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in SHIPPED.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    settings.HEARTHLINE_OHIF_DIRECTORY = tmp_path / "ohif"
    monkeypatch.setattr(ohif, "INTEGRITY", f"sha512-{digest}")
    return lambda: call_command("install_ohif", file=path)


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
    return watch_audit(monkeypatch)


@pytest.fixture
def imaging(people: People) -> Imaging:
    found = make_imaging(people)
    take(people.physician.actor, found.patient, written(of_patient(sample(), found.patient)))
    return found


def test_another_package_is_not_installed(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ohif, "INTEGRITY", "sha512-of-another")
    with pytest.raises(CommandError, match="digest is another"):
        install()
    assert ohif.entry() is None


def test_what_looks_at_images_is_kept_and_told_its_place(install: Install, people: People) -> None:
    install()
    install()  # again, in its place
    kept = {path.name for path in ohif.directory().rglob("*") if path.is_file()}
    assert kept == {"LICENSE", "entry.json", "app.bundle.00ff.js.gz", "app.bundle.css.gz", "one.svg.gz"}
    answer = people.physician.client.get(f"{ohif.ADDRESS}app.bundle.00ff.js")
    script = gzip.decompress(b"".join(answer))
    assert script == f'(() => {{\n__webpack_require__.p = "{ohif.ADDRESS}";\n}})();'.encode()
    sheet = b"".join(people.physician.client.get(f"{ohif.ADDRESS}app.bundle.css"))
    assert gzip.decompress(sheet) == f"a {{ src: url({ohif.ADDRESS}b.woff2) }}".encode()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "immutable" in answer.headers["Cache-Control"]
    for name in ("google.js", "index.html", "../entry.json", "app.bundle.00ff.js.map"):
        assert people.physician.client.get(ohif.ADDRESS + name).status_code == 404
    other = ohif.ADDRESS.replace(ohif.VERSION, "1.0.0")
    assert people.physician.client.get(f"{other}app.bundle.css").status_code == 404
    assert people.nurse.client.get(f"{ohif.ADDRESS}app.bundle.css").status_code == 403


def test_it_is_offered_where_it_is_installed_to_those_who_read(
    install: Install, people: People, imaging: Imaging
) -> None:
    study = Study.objects.get()
    place = f"/imaging/patients/{imaging.patient.pk}/studies/{study.pk}/"
    assert b"OHIF" not in people.physician.client.get(place).content
    assert people.physician.client.get(f"{place}ohif/viewer/").status_code == 404
    install()
    assert f"{place}ohif/viewer/" in people.physician.client.get(place).content.decode()
    assert b"OHIF" not in people.nurse.client.get(place).content
    assert people.nurse.client.get(f"{place}ohif/viewer/").status_code == 403


def test_it_opens_under_the_roots_that_somebody_reaches(
    install: Install, people: People, imaging: Imaging, audit: list[AuditEntry]
) -> None:
    install()
    study = Study.objects.get()
    place = f"/imaging/patients/{imaging.patient.pk}/studies/{study.pk}/ohif/viewer/"
    named = people.physician.client.get(place)
    assert named.headers["Location"] == f"{place}?StudyInstanceUIDs={study.study_uid}"
    audit.clear()
    page = people.physician.client.get(named.headers["Location"])
    assert f'"qidoRoot": "/dicomweb/patients/{imaging.patient.pk}"' in page.content.decode()
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    assert [(entry.action, entry.patient_id) for entry in audit] == [
        ("imaging_study.opened_in_ohif", imaging.patient.pk)
    ]
    for person in (people.specialist, people.stranger):
        assert person.client.get(named.headers["Location"]).status_code == 404
    grant = give(
        people.physician.actor, holder=people.specialist.user.pk, patient=imaging.patient, reason="To read"
    )
    shared = f"/imaging/shared/{grant.pk}/studies/{study.pk}/ohif/viewer/?StudyInstanceUIDs={study.study_uid}"
    assert (
        f'"qidoRoot": "/dicomweb/grants/{grant.pk}"' in people.specialist.client.get(shared).content.decode()
    )
    assert people.physician.client.get(shared).status_code == 404


@pytest.mark.parametrize(
    ("spacing", "told"),
    [
        ("0.000\\0.000", None),
        ("0.5\\0", None),
        ("-1\\1", None),
        ("0.05\\10", [0.05, 10]),
        ("1\\0.50", [1, 0.5]),
    ],
)
def test_a_spacing_that_is_none_is_not_told_to_a_persons_viewer(
    people: People, spacing: str, told: list[float] | None
) -> None:
    imaging = make_imaging(people)
    data = of_patient(sample(), imaging.patient)
    data.PixelSpacing = spacing.split("\\")
    take(people.physician.actor, imaging.patient, written(data))
    place = f"studies/{data.StudyInstanceUID}/metadata"
    by_person = people.physician.client.get(f"/dicomweb/patients/{imaging.patient.pk}/{place}").json()
    by_machine = imaging.client.get(f"{imaging.root}/{place}").json()
    assert by_person[0]["00280030"].get("Value") == told
    assert by_machine[0]["00280030"]["Value"] == [float(value) for value in spacing.split("\\")]
