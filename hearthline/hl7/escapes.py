r"""Escape sequences (HL7 v2.5.1, chapter 2.7): \F\ \S\ \T\ \R\ \E\ \X..\ \H\ \N\ and the formatting of FT.

python-hl7 reads ``\X..\`` as Latin 1 whatever the message is in, and turns highlighting into underscores; so this is
ours. What is not known stays as it was sent: a mark that a person sees is better than words that are gone.
"""

import re
from collections.abc import Callable

from hearthline.hl7.separators import Header

MAX_HEX = 4_000
MAX_SPACES = 40
LINES = re.compile(r"\.(br|sp|ce)\+?(\d*)")
LAYOUT = re.compile(r"\.(fi|nf|in[+-]?\d*|ti[+-]?\d*|sk[+-]?\d*)")


def unescaper(header: Header, codec: str) -> Callable[[str], str]:
    """Return what turns the text of one message's parts into the text that was meant."""
    if not header.escape:
        return str
    mark = re.escape(header.escape)
    sequence = re.compile(rf"{mark}([^{mark}\r]{{1,{MAX_HEX}}}){mark}")
    plain = {
        "F": header.field,
        "S": header.component,
        "R": header.repetition,
        "E": header.escape,
        "T": header.subcomponent,
        "H": "",
        "N": "",
    }

    def meant(found: re.Match[str]) -> str:
        word = found[1]
        if word in plain:
            return plain[word]
        if word[0] == "X":
            return _from_hex(word[1:], codec) or found[0]
        if lines := LINES.fullmatch(word):
            return "\n" * min(int(lines[2] or 1) or 1, MAX_SPACES)
        return _layout(word) if LAYOUT.fullmatch(word) else found[0]

    return lambda text: sequence.sub(meant, text) if header.escape in text else text


def _layout(word: str) -> str:
    """Return the spaces of a skip; indents and filling are layout that a screen does anew."""
    return " " * min(int(word[3:].lstrip("+-") or 1), MAX_SPACES) if word.startswith(".sk") else ""


def _from_hex(digits: str, codec: str) -> str:
    try:
        return bytes.fromhex(digits).decode(codec).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    except ValueError:
        return ""
