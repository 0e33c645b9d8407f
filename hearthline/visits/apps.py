from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "hearthline.visits"
    label = "visits"
