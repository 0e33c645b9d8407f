from django.apps import AppConfig


class VendorsConfig(AppConfig):
    name = "hearthline.monitoring.vendors"
    label = "vendors"
