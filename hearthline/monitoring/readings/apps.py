from django.apps import AppConfig


class ReadingsConfig(AppConfig):
    name = "hearthline.monitoring.readings"
    label = "readings"
