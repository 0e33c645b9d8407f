from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "hearthline.monitoring.alerts"
    label = "alerts"

    def ready(self) -> None:
        """Judge what is stored, in the same transaction."""
        from hearthline.monitoring.alerts.engine.hook import judge_stored
        from hearthline.monitoring.readings.pipeline.types import when_stored

        when_stored(judge_stored)
