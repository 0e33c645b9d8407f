from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connection
from django.db.models.signals import post_migrate


def install_signing_key(**_: Any) -> None:
    """Put the key that signs tenant contexts where only the owner's function can read it."""
    if "tenancy_signing_key" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_signing_key (id, key) VALUES (1, %s) "
            "ON CONFLICT (id) DO UPDATE SET key = EXCLUDED.key",
            [settings.TENANCY_SIGNING_KEY.encode()],
        )


class TenancyConfig(AppConfig):
    name = "hearthline.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        """Let jobs run inside an organization, and install the key after each migration."""
        from hearthline.foundation import jobs
        from hearthline.tenancy.context import acting_in

        jobs.run_inside(acting_in)
        post_migrate.connect(install_signing_key, sender=self)
