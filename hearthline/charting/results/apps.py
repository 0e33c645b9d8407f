from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """Results of laboratories: taken in, shown as sent, looked at, acknowledged, released."""

    name = "hearthline.charting.results"
    label = "results"
