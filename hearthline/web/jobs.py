"""Nightly work that needs every feature at once."""

from django.apps import apps

from hearthline.foundation.blobs import sweep
from hearthline.foundation.jobs import periodic
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

# Every column that names a stored file. A test compares this list with the columns of all models.
FILE_COLUMNS = {
    "charting.Document": "sha256",
    "dicom.Derived": "sha256",
    "dicom.Instance": "sha256",
    "dicom.TeachingExport": "sha256",
    "consults.Attachment": "sha256",
    "consults.AttachmentForm": "sha256",
    "directory.Practitioner": "photo_digest",
    "intake.Rendition": "sha256",
    "results.IncomingMessage": "sha256",
    "results.ResultDocument": "sha256",
    "home.FileImport": "sha256",
    "messaging.Attachment": "sha256",
    "visits.PreparationPhoto": "digest",
    "visits.SharedFile": "digest",
}


@periodic("20 3 * * *")
def sweep_files() -> None:
    """Remove stored files that no row names any more (an upload whose form was never sent), a day after."""
    for organization in Organization.objects.all():
        with acting_in(organization.id):
            kept = [
                digest
                for model, column in FILE_COLUMNS.items()
                for digest in apps.get_model(model).objects.values_list(column, flat=True).iterator()
            ]
        sweep(organization.id, kept)
