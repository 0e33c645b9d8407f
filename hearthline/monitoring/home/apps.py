from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "hearthline.monitoring.home"
    label = "home"

    def ready(self) -> None:
        """Have values whose device was nobody's kept for the staff's list; join two monitored people who are one."""
        from hearthline.directory.services.merges import when_merging
        from hearthline.monitoring.home.merging import join, part
        from hearthline.monitoring.home.unclaimed import keep_unclaimed
        from hearthline.monitoring.readings.pipeline.types import when_unclaimed

        when_unclaimed(keep_unclaimed)
        when_merging(join, part)
