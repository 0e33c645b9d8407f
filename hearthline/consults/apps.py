from django.apps import AppConfig


class ConsultsConfig(AppConfig):
    name = "hearthline.consults"
    label = "consults"

    def ready(self) -> None:
        """Tell others until when somebody's time is counted here."""
        from hearthline.consults.services.reading import PACKAGE, newest_end
        from hearthline.foundation.worktime import counts_time

        counts_time(PACKAGE, newest_end)
