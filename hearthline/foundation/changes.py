"""Tell open pages that a list changed. The notification crosses organizations, so it says which list and no more."""

from typing import Any
from uuid import UUID

from django.db import connection

CHANNEL = "hearthline_changes"
TOPIC_LENGTH = 40


def announce(organization_id: UUID, topic: str) -> None:
    """Wake the pages of an organization that show ``topic`` (a list's name), after commit."""
    if not topic.replace("-", "").isalnum() or len(topic) > TOPIC_LENGTH:
        message = f"a topic is a short word, not {topic!r}"
        raise ValueError(message)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{organization_id}:{topic}"])


def session_parameters() -> dict[str, Any]:
    """Return how a process opens a session of its own, to hear what is notified."""
    parameters = connection.get_connection_params()
    kept = ("host", "port", "dbname", "user", "password")
    return {name: parameters[name] for name in kept if parameters.get(name)}
