from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "hearthline.billing"
    label = "billing"
