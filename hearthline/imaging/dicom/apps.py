from django.apps import AppConfig


class DicomConfig(AppConfig):
    name = "hearthline.imaging.dicom"
    label = "dicom"

    def ready(self) -> None:
        """Join studies that both records of one person have."""
        from hearthline.directory.services.merges import when_merging
        from hearthline.imaging.dicom.services.merging import join, part

        when_merging(join, part)
