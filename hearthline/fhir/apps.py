from django.apps import AppConfig


class FHIRConfig(AppConfig):
    name = "hearthline.fhir"
    label = "fhir"

    def ready(self) -> None:
        """Have waiting messages of this form understood in every process."""
        from hearthline.fhir import reader  # noqa: F401 - registers itself
