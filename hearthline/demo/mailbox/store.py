"""What the demo's mailbox took, one file each, newest first; the oldest are forgotten."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id

KEPT_ITEMS = 500
SHOWN_ITEMS = 100
EMAIL, SMS, REPLY = "email", "sms", "reply"


@dataclass(frozen=True)
class Item:
    """One e-mail, text, or text that came back."""

    id: str
    kind: str
    at: str
    sender: str
    to: str
    text: str
    subject: str = ""
    has_calendar: bool = False


def directory() -> Path:
    """Return the mailbox's directory, private to this installation."""
    options: Any = settings  # the type checker cannot follow a path through star imports
    path = Path(options.DEMO_MAILBOX_DIRECTORY)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def keep(
    *, kind: str, sender: str, to: str, text: str, subject: str = "", has_calendar: bool = False
) -> Item:
    """Keep an item: whole or not at all."""
    item = Item(
        id=str(new_id()),
        kind=kind,
        at=clock.now().isoformat(),
        sender=sender,
        to=to,
        text=text,
        subject=subject,
        has_calendar=has_calendar,
    )
    draft = directory() / f".{item.id}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(item), file, ensure_ascii=False)
    draft.rename(directory() / f"{item.id}.json")
    for old in _newest_first()[KEPT_ITEMS:]:
        old.unlink(missing_ok=True)
    return item


def _newest_first() -> list[Path]:
    return sorted(directory().glob("*.json"), reverse=True)


def newest() -> list[Item]:
    """Return the latest items, newest first."""
    return [_read(path) for path in _newest_first()[:SHOWN_ITEMS]]


def find(item_id: UUID) -> Item | None:
    """Return one item."""
    path = directory() / f"{item_id}.json"
    return _read(path) if path.exists() else None


def _read(path: Path) -> Item:
    return Item(**json.loads(path.read_text(encoding="utf-8")))
