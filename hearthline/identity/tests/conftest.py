"""The audit as it is written: the application may add rows and read none."""

from collections.abc import Sequence

import pytest

from hearthline.audit.models import AuditEntry
from hearthline.foundation import clock
from hearthline.foundation.rows import insert_rows
from hearthline.identity.models import Membership
from hearthline.identity.tests.door import with_authenticator, with_recovery_codes
from hearthline.identity.tests.resetting import LONG_AGO
from hearthline.tenancy.context import acting_in
from tests.people import People


class Trail(list[AuditEntry]):
    """The entries a test caused."""

    def count_of(self, action: str) -> int:
        """Return how many entries tell of an action."""
        return sum(entry.action == action for entry in self)


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> Trail:
    """Watch what is written to the audit."""
    written = Trail()

    def watching(entries: Sequence[AuditEntry]) -> None:
        insert_rows(entries)
        written.extend(entries)

    monkeypatch.setattr("hearthline.audit.services.insert_rows", watching)
    return written


@pytest.fixture
def staffed(people: People) -> People:
    """Everybody has been here for a month, and the nurse has a second factor and recovery codes."""
    with acting_in(people.organization.id):
        Membership.objects.filter(organization_id=people.organization.id).update(
            created_at=clock.now() - LONG_AGO
        )
    with_authenticator(people.nurse.user)
    with_recovery_codes(people.nurse.user)
    return people
