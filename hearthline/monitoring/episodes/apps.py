from django.apps import AppConfig


class EpisodesConfig(AppConfig):
    name = "hearthline.monitoring.episodes"
    label = "episodes"
