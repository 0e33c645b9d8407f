from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "hearthline.identity"
    label = "identity"
