from django.apps import AppConfig


class ConsultsConfig(AppConfig):
    name = "hearthline.consults"
    label = "consults"
