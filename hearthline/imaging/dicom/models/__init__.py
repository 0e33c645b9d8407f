"""Tables of DICOM imaging, one file a subject."""

from hearthline.imaging.dicom.models.grants import Gateway, Grant, GrantedStudy
from hearthline.imaging.dicom.models.holds import Hold, HoldDecision
from hearthline.imaging.dicom.models.images import Derived, Instance, Series, Study
from hearthline.imaging.dicom.models.teaching import TeachingExport, TeachingImage

__all__ = [
    "Derived",
    "Gateway",
    "Grant",
    "GrantedStudy",
    "Hold",
    "HoldDecision",
    "Instance",
    "Series",
    "Study",
    "TeachingExport",
    "TeachingImage",
]
