"""What the intake does, one function an intent."""

from hearthline.imaging.intake.renditions import add_rendition, store_content
from hearthline.imaging.intake.services.captures import Place, note_words, open_capture, send_capture
from hearthline.imaging.intake.services.files import (
    AlteredError,
    Description,
    QuotaError,
    TooLargeError,
    receive_file,
    take_back_file,
)
from hearthline.imaging.intake.services.serving import open_rendition
from hearthline.imaging.intake.services.uploads import (
    Plan,
    begin_upload,
    end_upload,
    finish_upload,
    note_offset,
    sweep_uploads,
)

__all__ = [
    "AlteredError",
    "Description",
    "Place",
    "Plan",
    "QuotaError",
    "TooLargeError",
    "add_rendition",
    "begin_upload",
    "end_upload",
    "finish_upload",
    "note_offset",
    "note_words",
    "open_capture",
    "open_rendition",
    "receive_file",
    "send_capture",
    "store_content",
    "sweep_uploads",
    "take_back_file",
]
