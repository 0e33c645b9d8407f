from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from hearthline.config.state import database_settings


@contextmanager
def as_login(login: str) -> Iterator[None]:
    """Use another database login on the test's connection; only with really committed rows."""
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    facts = database_settings(login)
    connection.close()
    connection.settings_dict.update(USER=facts["USER"], PASSWORD=facts["PASSWORD"])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture
def state(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIRECTORY = tmp_path
    settings.HEARTHLINE_KEY_DIRECTORY = tmp_path / "keys"
    return tmp_path
