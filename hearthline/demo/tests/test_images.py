"""The phantoms of the demo are valid objects."""

import datetime as dt
import io
import subprocess
from pathlib import Path

import pydicom
import pytest

from hearthline.demo import images
from hearthline.directory.models import Patient
from hearthline.foundation.ids import new_id


@pytest.mark.parametrize("name", ["chest", "sections"])
def test_the_validator_finds_no_error(name: str, tmp_path: Path) -> None:
    patient = Patient(id=new_id(), given_names="Rosa", family_name="Delgado", birth_date=dt.date(1958, 3, 4))
    shot = next(iter(getattr(images, name)(1)))
    out = io.BytesIO()
    pydicom.dcmwrite(out, images._file(patient, name, shot, dt.date(2026, 3, 1)), enforce_file_format=True)
    (tmp_path / "made.dcm").write_bytes(out.getvalue())
    told = subprocess.run(
        ["/usr/bin/dciodvfy", "-new", str(tmp_path / "made.dcm")], capture_output=True, text=True, check=False
    )
    assert [line for line in (told.stderr + told.stdout).splitlines() if line.startswith("Error")] == []
