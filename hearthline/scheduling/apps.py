from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "hearthline.scheduling"
    label = "scheduling"
