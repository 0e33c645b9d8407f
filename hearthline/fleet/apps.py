from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "hearthline.fleet"
    label = "fleet"
