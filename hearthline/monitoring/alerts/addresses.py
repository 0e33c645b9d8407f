"""Where a case is looked at: told in notices; the pages themselves stand in ``triage``."""

from uuid import UUID

CASES = "monitoring/cases/"


def case_path(case_id: UUID) -> str:
    """Return the address of a case's page."""
    return f"/{CASES}{case_id}/"
