from django.apps import AppConfig


class VendorsConfig(AppConfig):
    name = "hearthline.monitoring.vendors"
    label = "vendors"

    def ready(self) -> None:
        """Look at linked accounts before two records become one."""
        from hearthline.directory.services.merges import before_merging
        from hearthline.monitoring.vendors.merging import refuse_linked_accounts

        before_merging(refuse_linked_accounts)
