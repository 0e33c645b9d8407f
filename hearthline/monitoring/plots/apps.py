from django.apps import AppConfig


class PlotsConfig(AppConfig):
    """What readings mean, drawn: metrics, plots, reports."""

    name = "hearthline.monitoring.plots"
    label = "plots"
