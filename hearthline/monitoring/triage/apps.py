from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "hearthline.monitoring.triage"
    label = "triage"
