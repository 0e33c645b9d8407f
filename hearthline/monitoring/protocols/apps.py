from django.apps import AppConfig


class ProtocolsConfig(AppConfig):
    name = "hearthline.monitoring.protocols"
    label = "protocols"
