from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "hearthline.monitoring.triage"
    label = "triage"

    def ready(self) -> None:
        """Tell others until when somebody's time is counted here."""
        from hearthline.foundation.worktime import counts_time
        from hearthline.monitoring.triage.services.time import PACKAGE, newest_end

        counts_time(PACKAGE, newest_end)
