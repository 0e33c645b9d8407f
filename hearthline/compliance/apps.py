from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "hearthline.compliance"
    label = "compliance"
