import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from hearthline.charting import services
from hearthline.charting.models import Document
from hearthline.charting.tests.conftest import make_stage
from hearthline.foundation import clock
from hearthline.foundation.blobs import BlobMissingError, open_blob, store
from hearthline.web.jobs import FILE_COLUMNS, sweep_files
from tests.people import People

# Digests of something else than a stored file.
OTHER_DIGESTS = {
    "billing.Claim",
    "charting.Note",
    "consults.Opinion",
    "intake.File",  # of the original, which is a rendition too
    "intake.Upload",  # what the sender declared
}


def test_every_column_that_names_a_file_is_asked() -> None:
    found = {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("hearthline.")
        and {"sha256", "digest", "photo_digest"} & {field.name for field in model._meta.fields}
    }
    assert found - OTHER_DIGESTS == set(FILE_COLUMNS)


def test_a_file_in_the_chart_stays_and_one_nobody_names_goes(
    people: People, settings: Any, tmp_path: Path
) -> None:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"
    organization_id = people.organization.id
    kept, orphan = (store(organization_id, BytesIO(text), "application/pdf") for text in (b"kept", b"orphan"))
    services.add_document(
        actor=people.physician.actor,
        patient=make_stage(people).patient,
        kind=Document.Kind.OTHER,
        title="Kept",
        blob=kept,
    )
    old = (clock.now() - timedelta(days=3)).timestamp()
    for path in (tmp_path / "blobs").glob("*/*/*"):
        os.utime(path, (old, old))
    sweep_files()
    assert open_blob(organization_id, kept.sha256).read() == b"kept"
    with pytest.raises(BlobMissingError):
        open_blob(organization_id, orphan.sha256)
