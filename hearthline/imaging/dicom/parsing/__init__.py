"""Reads headers of DICOM files of strangers. No Django here: it runs in the sandbox's child (``child``)."""
