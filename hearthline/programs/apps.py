from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "hearthline.programs"
    label = "programs"
