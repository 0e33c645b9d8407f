"""The audit as it is written: the application may add rows and read none."""

from typing import Any

import pytest

from hearthline.audit.models import AuditEntry


class Trail(list[AuditEntry]):
    """The entries a test caused."""

    def count_of(self, action: str) -> int:
        """Return how many entries tell of an action."""
        return sum(entry.action == action for entry in self)


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch) -> Trail:
    """Watch what is written to the audit."""
    written = Trail()
    save = AuditEntry.save

    def watching(entry: AuditEntry, *args: Any, **kwargs: Any) -> None:
        save(entry, *args, **kwargs)
        written.append(entry)

    monkeypatch.setattr(AuditEntry, "save", watching)
    return written
