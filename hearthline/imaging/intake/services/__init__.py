"""What the intake does, one function an intent."""

from hearthline.imaging.intake.renditions import add_rendition, store_content
from hearthline.imaging.intake.services.captures import open_capture, send_capture
from hearthline.imaging.intake.services.files import (
    Description,
    QuotaError,
    TooLargeError,
    receive_file,
)
from hearthline.imaging.intake.services.grants import end_grants, grant_file
from hearthline.imaging.intake.services.serving import open_rendition

__all__ = [
    "Description",
    "QuotaError",
    "TooLargeError",
    "add_rendition",
    "end_grants",
    "grant_file",
    "open_capture",
    "open_rendition",
    "receive_file",
    "send_capture",
    "store_content",
]
