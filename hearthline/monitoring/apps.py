from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Holds the texts of all monitoring features in other languages; the features are applications of their own."""

    name = "hearthline.monitoring"
    label = "monitoring"
