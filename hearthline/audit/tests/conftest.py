from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def state(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIRECTORY = tmp_path
    settings.HEARTHLINE_KEY_DIRECTORY = tmp_path / "keys"
    return tmp_path
