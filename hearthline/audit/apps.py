from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "hearthline.audit"
    label = "audit"
