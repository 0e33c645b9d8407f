from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class FoundationConfig(AppConfig):
    name = "hearthline.foundation"
    label = "foundation"

    def ready(self) -> None:
        """Load every package's reactions, so that publishing finds them in any process."""
        for config in apps.get_app_configs():
            module = f"{config.name}.subscribers"
            if config.name.startswith("hearthline.") and find_spec(module):
                import_module(module)
