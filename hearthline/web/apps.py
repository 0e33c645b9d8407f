from django.apps import AppConfig
from django.core.signals import got_request_exception


class WebConfig(AppConfig):
    name = "hearthline.web"
    label = "web"

    def ready(self) -> None:
        """Have faults logged by kind and place."""
        from hearthline.web.errors import note_fault

        got_request_exception.connect(note_fault, dispatch_uid="note_fault")
