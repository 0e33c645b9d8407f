from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "hearthline.directory"
    label = "directory"

    def ready(self) -> None:
        """Answer compliance, which stands below, who patients are."""
        from hearthline.compliance import people
        from hearthline.directory.for_compliance import Patients

        people.use(Patients())
