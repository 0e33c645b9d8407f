"""Decodes and draws pixels of DICOM files of strangers. No Django here: it runs in the sandbox's child (``child``)."""
