from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "hearthline.demo"
    label = "demo"
