from django.apps import AppConfig


class DicomConfig(AppConfig):
    name = "hearthline.imaging.dicom"
    label = "dicom"
