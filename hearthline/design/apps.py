from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "hearthline.design"
    label = "design"
