import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app

from hearthline.foundation.worker import work


class Command(BaseCommand):
    help = "Run jobs: reactions to events, notifications, reminders, what is done later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-empty", action="store_true", help="stop when no job is due")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until a stop signal."""
        connector: Any = app.connector
        with app.replace_connector(connector.get_worker_connector()) as worker_app:
            asyncio.run(work(worker_app, until_empty=options["until_empty"]))
