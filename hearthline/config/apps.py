from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created


class InstallationConfig(AppConfig):
    name = "hearthline.config"
    label = "installation"

    def ready(self) -> None:
        """Have every process check that its configuration is safe."""
        from hearthline.config import startup_checks

        checks.register(startup_checks.system_check, checks.Tags.security)
        connection_created.connect(startup_checks.check_first_connection, dispatch_uid="first connection")
