"""DICOMweb (PS3.18): STOW-RS, QIDO-RS and WADO-RS under a root that a grant opens."""
