"""Identifiers: version 7 UUIDs, which sort by the time they were made and say nothing else."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh identifier."""
    return uuid7()
