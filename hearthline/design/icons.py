"""Our own line icons, drawn in ``icons.svg`` on a grid of 24; the words beside them say what they mean."""

import re
from pathlib import Path
from typing import Final

_SYMBOL = re.compile(r'<symbol id="([a-z-]+)">(.*)</symbol>')
ICONS: Final[dict[str, str]] = dict(_SYMBOL.findall(Path(__file__).with_name("icons.svg").read_text("utf-8")))
# These point somewhere, so they turn round where the text runs from right to left.
DIRECTIONAL: Final[frozenset[str]] = frozenset({"arrow", "back", "send", "sign-out", "external"})
