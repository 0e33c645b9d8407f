"""Note that a qualified person read the red-flag questions in a language and answers for them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from hearthline.foundation import clock
from hearthline.scheduling.sign_offs import SignOff, digest_of, general_flags, write_sign_off

SHORTEST_LETTERS = 3


class Command(BaseCommand):
    help = (
        "Show the red-flag questions in a language; with --reviewer and --source, note who signed them off."
    )
    requires_system_checks: list[str] = []  # an installation without a sign-off does not pass them

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the language, who read the questions, and what they were held against."""
        parser.add_argument("--language", default="en", choices=sorted(dict(settings.LANGUAGES)))
        parser.add_argument("--reviewer", default="", help="name and profession of who read them")
        parser.add_argument(
            "--source", default="", help="what they were held against, for example a guideline"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the questions, and keep the sign-off when there is one."""
        language, reviewer, source = (
            str(options[name]).strip() for name in ("language", "reviewer", "source")
        )
        with override(language):
            for flag in general_flags():
                self.stdout.write(f"- {flag.text} ({flag.urgency.value})")
        if not reviewer and not source:
            self.stdout.write("Nothing was noted: name --reviewer and --source to sign them off.")
            return
        for name, value in (("--reviewer", reviewer), ("--source", source)):
            if sum(letter.isalpha() for letter in value) < SHORTEST_LETTERS:
                raise CommandError(f"Write {name} in words.")
        sign_off = SignOff(language, reviewer, clock.now().date(), source, digest_of(language))
        write_sign_off(settings.RED_FLAG_SIGN_OFFS, sign_off)
        self.stdout.write(f"Signed off in {settings.RED_FLAG_SIGN_OFFS}.")
