"""Where this installation keeps what it must remember outside the code: database facts, secrets, files.

Everything lives below one private directory, ``HEARTHLINE_STATE_DIR`` (default: ``var/`` beside the code).
"""

import json
import os
import secrets
from pathlib import Path
from typing import Any

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
SECRET_BYTES = 48


def state_directory() -> Path:
    """Return the private directory of this installation."""
    return Path(os.environ.get("HEARTHLINE_STATE_DIR", PROJECT_DIRECTORY / "var"))


def database_settings(login: str) -> dict[str, Any]:
    """Return Django's settings of the one database for a login (owner, app, ops, ingest, sealer, backup).

    ``database.json`` is written by ``tools/postgres.py``. Parameters are bound on the server, so that clinical
    text never becomes part of a statement in PostgreSQL's log.
    """
    path = state_directory() / "database.json"
    facts: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    credentials = facts.get("logins", {}).get(login, {})
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": facts.get("host", ""),
        "PORT": str(facts.get("port", "")),
        "NAME": facts.get("name", "hearthline"),
        "USER": credentials.get("user", ""),
        "PASSWORD": credentials.get("password", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "server_side_binding": True,
            "application_name": f"hearthline-{login}",
            **facts.get("options", {}),
        },
        "ATOMIC_REQUESTS": False,  # identity.middleware opens the transaction, around the session too
    }


def secret(name: str) -> str:
    """Return a secret of this installation, making it (mode 0400) at first use.

    Two processes that start together agree: the file is linked into place, and the loser reads the winner's.
    """
    path = state_directory() / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
