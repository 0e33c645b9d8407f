import asyncio
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app

from hearthline.foundation.worker import queues_of, work


class Command(BaseCommand):
    help = "Run jobs: reactions to events, notifications, reminders, what is done later."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", default="", help="work on this queue alone")
        parser.add_argument("--all-but", default="", help="leave this queue to a process of its own")
        parser.add_argument("--until-empty", action="store_true", help="stop when no job is due")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until a stop signal."""
        connector: Any = app.connector
        with app.replace_connector(connector.get_worker_connector()) as worker_app:
            queues = queues_of(worker_app, only=options["only"], all_but=options["all_but"])
            asyncio.run(work(worker_app, until_empty=options["until_empty"], queues=queues))
