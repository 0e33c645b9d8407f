from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from hearthline.directory.models import Patient
from hearthline.foundation.crypto import key_store, key_version_of
from hearthline.tenancy.context import acting_in
from tests.database import as_login
from tests.people import make_organization


@pytest.fixture(autouse=True)
def _own_keys(settings: Any, tmp_path: Path) -> None:
    settings.HEARTHLINE_KEY_DIRECTORY = tmp_path / "keys"


def versions(organization_id: Any) -> set[int]:
    with acting_in(organization_id), connection.cursor() as cursor:
        cursor.execute("SELECT telephone, address FROM directory_patient")
        return {key_version_of(bytes(value)) for row in cursor.fetchall() for value in row}


def rotate(*arguments: str) -> str:
    out = StringIO()
    with as_login("owner"):
        call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def test_seals_one_organization_anew_and_leaves_the_others(committed: None) -> None:
    organizations = [make_organization("north", "North"), make_organization("south", "South")]
    for organization in organizations:
        with acting_in(organization.id):
            for number in range(3):
                Patient.objects.create(
                    organization_id=organization.id,
                    family_name=f"F{number}",
                    birth_date=date(1990, 1, 1),
                    zone="UTC",
                    telephone=f"+1512555010{number}",
                )
    assert versions(organizations[0].id) == {1}
    assert "values sealed anew" in rotate("north")
    assert versions(organizations[0].id) == {2}
    assert versions(organizations[1].id) == {1}
    assert key_store().ring(organizations[0].id).current == 2
    with acting_in(organizations[0].id):
        numbers = sorted(patient.telephone for patient in Patient.objects.all())
    assert numbers == [f"+1512555010{number}" for number in range(3)]
    assert rotate("north", "--only-reseal") == "north: 0 values sealed anew\n"


def test_names_an_unknown_organization(committed: None) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        rotate("nowhere")
