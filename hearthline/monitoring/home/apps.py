from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "hearthline.monitoring.home"
    label = "home"
