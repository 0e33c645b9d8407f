from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "hearthline.imaging.intake"
    label = "intake"
