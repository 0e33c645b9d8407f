from django.apps import AppConfig


class ImagingConfig(AppConfig):
    """Holds the texts of all imaging features in other languages; the features are applications of their own."""

    name = "hearthline.imaging"
    label = "imaging"
