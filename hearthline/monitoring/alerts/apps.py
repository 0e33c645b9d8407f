from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "hearthline.monitoring.alerts"
    label = "alerts"
