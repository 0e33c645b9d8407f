"""What people are told about their files."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.imaging.intake.rules import MAX_FILE_BYTES, MEGABYTE

REFUSALS: Mapping[str, str | Promise] = {
    "kind": _(
        "This kind of file is not taken. Send a photo, a PDF, a film (MP4), a DICOM file or plain text."
    ),
    "empty": _("The file is empty. Choose another one."),
    "damaged": _(
        "The file could not be opened; it may be damaged. Save or take it again, then send the new one."
    ),
    "pixels": _("The picture is too large to open. Send a smaller one."),
    "memory": _("The file would fill the computer when opened. It was not taken. Send another one."),
    "time": _("The file took too long to check. It was not taken. Send a smaller one."),
    "crash": _("The file could not be checked safely. It was not taken. Save it again and send the new one."),
    "output": _("The file grows too large when opened. It was not taken. Send a smaller one."),
    "active": _("The PDF contains a script or another file. Print it to a new PDF and send that one."),
    "locked": _("The PDF is locked with a password. Save it without one and send that file."),
    "syntax": _("This DICOM file is packed in a way that is not taken. Send it without “deflate”."),
    "length": _("The DICOM file says that it is longer than it is. It may be cut. Send it again."),
    "elements": _("The DICOM file has too many parts to be real. It was not taken. Send the original image."),
    "depth": _("The DICOM file has too many layers to be real. It was not taken. Send the original image."),
    "mismatch": _(
        "The picture inside the DICOM file does not match its description. Send the original image."
    ),
    "mixed": _("The file is two kinds of file in one. It was not taken. Save it again and send the new one."),
    "harmful": _(
        "The virus scanner found something harmful in this file. It was not taken. Tell the clinic."
    ),
    "lines": _("The text is not plain text, or its lines are too long. Save it as plain text and send that."),
    "message": _("The message is not complete. Send it again from where it came."),
    "resource": _("The file is not a health record that can be read (FHIR). Send the original file."),
    "film": _("The film could not be read. Save it as an MP4 and send that one."),
}

# What is told while a file is on its way in pieces.
UPLOADS: Mapping[str, str | Promise] = {
    "too_many": _("Too many files at once. They go on in a moment."),
    "too_large": _("The file is larger than %(limit)d MB. Choose a smaller one."),
    "quota": _("So much is being sent just now that no more fits. Wait until it has arrived, then go on."),
    "gone": _("This file waited too long or arrived altered. It is sent again from the start."),
    "altered": _("The file arrived altered. It is sent again from the start."),
    "crowded": _("So many files wait to be checked that no more fits. It is tried again later."),
    "disk_full": _("The clinic's computer has no room left. Your files are kept here; try again later."),
}


def upload_sentence(code: str) -> str:
    """Return what to tell about an upload, in the reader's language; empty for what only machines read."""
    sentence: Any = UPLOADS.get(code, "")
    return str(sentence) % {"limit": MAX_FILE_BYTES // MEGABYTE} if code == "too_large" else str(sentence)


def refusal_sentence(code: str) -> str:
    """Return why a file was not taken and what to do, in the reader's language; empty when it was taken."""
    sentence: Any = REFUSALS.get(code, REFUSALS["crash"])
    return str(sentence) if code else ""
