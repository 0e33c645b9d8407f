"""The service provider's first page: is everything running, told in figures that name nobody.

It is served by a process whose database login has no right on any clinical table.
"""

from dataclasses import dataclass

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role
from hearthline.imaging.intake import scanner
from hearthline.tenancy.models import Site
from hearthline.web.oversight import PROMISED_MS, overview

LATE_SECONDS = 120
SITE_LIMIT = 200
QUEUES = """
    SELECT queue_name,
           count(*) FILTER (WHERE status = 'todo'),
           count(*) FILTER (WHERE status = 'doing'),
           count(*) FILTER (WHERE status = 'failed'),
           coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER
             (WHERE status = 'todo' AND scheduled_at <= now())), 0)
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
    GROUP BY queue_name ORDER BY queue_name
"""


@dataclass(frozen=True)
class Queue:
    """The state of one queue."""

    name: str
    waiting: int
    running: int
    failed: int
    late_seconds: int

    @property
    def is_late(self) -> bool:
        """Whether work that is due has been waiting too long."""
        return self.late_seconds > LATE_SECONDS

    @property
    def state(self) -> tuple[str, str]:
        """The state in a word, and the kind of its tag."""
        if self.is_late:
            return _("Late"), "urgent"
        return (_("Some failed"), "watch") if self.failed else (_("Fine"), "ok")


@require_GET
@requires(Role.TECHNICIAN)
def operations(request: HearthlineRequest) -> HttpResponse:
    """Show delays, rates, stores, signs of life, the queues, the virus scanner and the sites."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUES)
        queues = [
            Queue(name, waiting, running, failed, int(late))
            for name, waiting, running, failed, late in cursor
        ]
    context = {
        "audience": "staff",
        "queues": queues,
        "overview": overview(),
        "promised": PROMISED_MS,
        "scanner": scanner.standing(),
        "sites": Site.objects.filter(is_active=True)[:SITE_LIMIT],
    }
    return render(request, "web/operations.html", context)
