"""Make a first real organization and invite its administrator."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from hearthline.directory.services.organizations import create_organization

QUESTIONS = {
    "name": "Name of the organization",
    "slug": "Short name for its address (letters, digits and hyphens)",
    "zone": "Time zone (for example America/Chicago)",
    "jurisdiction": "State or country (ISO 3166, for example US-TX or ES)",
    "language": "Language (en, es or ar)",
    "telephone": "Telephone that patients may call",
    "emergency_number": "Emergency number there (for example 911 or 112)",
    "administrator_name": "Name of the administrator",
    "administrator_email": "E-mail address of the administrator",
}


class Command(BaseCommand):
    help = "Make an organization and invite its administrator; what is not given as an option is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take each answer as an option too, for scripts."""
        for name, question in QUESTIONS.items():
            parser.add_argument(f"--{name.replace('_', '-')}", help=question)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask for what is missing, make the organization, print the invitation."""
        answers = {name: options[name] or self._ask(question) for name, question in QUESTIONS.items()}
        administrator = {name: answers.pop(name) for name in ("administrator_name", "administrator_email")}
        answers["default_language"] = answers.pop("language")
        try:
            validate_email(administrator["administrator_email"])
            organization, link = create_organization(values=answers, **administrator)
        except ValidationError as refused:
            raise CommandError(self._words(refused)) from refused
        self.stdout.write(
            f"\n{organization.name} is ready. Give its administrator this link, which works once:\n"
        )
        self.stdout.write(f"  {link}\n")
        self.stdout.write("Behind it they choose how to sign in; Administration then shows what to set up.\n")

    def _ask(self, question: str) -> str:
        try:
            return input(f"{question}: ").strip()
        except EOFError as nobody:
            message = f"Nobody answers here: give every answer as an option ({question} is missing)."
            raise CommandError(message) from nobody

    def _words(self, refused: ValidationError) -> str:
        if not hasattr(refused, "error_dict"):
            return " ".join(refused.messages)
        return "\n".join(f"{field}: {' '.join(words)}" for field, words in refused.message_dict.items())
