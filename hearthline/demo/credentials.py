"""What a script needs to sign in as a demo person: kept in ``demo.json`` of this installation, mode 0600."""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings

from hearthline.demo.cast import Person

TOTP_BYTES = 20  # RFC 4226, section 4: at least 128 bits, 160 recommended


class Credentials:
    """Sign-in facts of the demo people, made once for each installation and kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.people: dict[str, dict[str, str]] = kept.get("people", {})
        self.password = kept.get("password") or f"demo-{secrets.token_hex(8)}-hearth"

    @classmethod
    def load(cls) -> "Credentials":
        """Return what this installation has, or nothing yet."""
        return cls(settings.STATE_DIRECTORY / "demo.json")

    def of(self, person: Person, email: str) -> dict[str, str]:
        """Return (making them at first) how a person signs in."""
        if person.key not in self.people:
            secret = base64.b32encode(secrets.token_bytes(TOTP_BYTES)).decode()
            self.people[person.key] = {
                "user": email,
                "password": self.password,
                "totp_secret": secret,
                "name": person.name,
                "roles": " ".join(sorted(role.value for role in person.roles)),
            }
        return self.people[person.key]

    def save(self) -> None:
        """Write the file, readable by its owner only."""
        content = {"base_url": settings.PUBLIC_URL, "password": self.password, "people": self.people}
        draft = self.path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=1)
        draft.replace(self.path)
