from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "hearthline.web"
    label = "web"
