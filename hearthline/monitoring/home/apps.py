from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "hearthline.monitoring.home"
    label = "home"

    def ready(self) -> None:
        """Have values whose device was nobody's kept for the staff's list."""
        from hearthline.monitoring.home.unclaimed import keep_unclaimed
        from hearthline.monitoring.readings.pipeline.types import when_unclaimed

        when_unclaimed(keep_unclaimed)
