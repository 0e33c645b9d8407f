from django.apps import AppConfig


class HL7Config(AppConfig):
    name = "hearthline.hl7"
    label = "hl7"

    def ready(self) -> None:
        """Have waiting messages of this form understood in every process."""
        from hearthline.hl7 import reader  # noqa: F401 - registers itself
