from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "hearthline.billing"
    label = "billing"

    def ready(self) -> None:
        """Look at claims before two records become one."""
        from hearthline.billing.merging import refuse_days_claimed_twice
        from hearthline.directory.services.merges import before_merging

        before_merging(refuse_days_claimed_twice)
