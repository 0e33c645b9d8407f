from django.apps import AppConfig


class ChartingConfig(AppConfig):
    name = "hearthline.charting"
    label = "charting"
