from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "hearthline.messaging"
    label = "messaging"
