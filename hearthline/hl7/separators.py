"""The envelope of a message: its separators, its header, its character set. Tolerant, since the answer needs it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hearthline.charting.results.drafts import UnreadableError
from hearthline.charting.results.models.senders import NUMBER_LENGTH

# HL7 table 0211 (v2.5.1, chapter 2) and how Python calls each. UTF-16 and 32 cannot be told from framing bytes;
# ISO 2022 (Japanese, Korean, Chinese) is not read yet. Both are refused by name, never guessed.
CHARSETS = {
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    **{f"8859/{part}": f"iso8859_{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
HEADER_FIELDS = 40


@dataclass(frozen=True)
class Header:
    """What MSH says, needed before anything else is read."""

    field: str
    encoding: str  # component, repetition, escape, subcomponent
    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    sent_at: str
    kind: tuple[str, str]
    control_id: str
    processing: str
    version: str
    charset: str

    @property
    def component(self) -> str:
        """What stands between components."""
        return self.encoding[0]

    @property
    def repetition(self) -> str:
        """What stands between repetitions."""
        return self.encoding[1]

    @property
    def escape(self) -> str:
        """What begins and ends an escape sequence; empty when the sender has none."""
        return self.encoding[2:3]

    @property
    def subcomponent(self) -> str:
        """What stands between subcomponents."""
        return self.encoding[3:4]


def header_of(raw: bytes) -> Header:
    """Read the first segment byte by byte (as Latin 1, so that nothing is lost).

    Raises:
        UnreadableError: it is no MSH with its separators and a control id.
    """
    first = raw.lstrip(b"\r\n").replace(b"\n", b"\r").split(b"\r", 1)[0].decode("latin-1")
    if not first.startswith("MSH") or len(first) < 9:
        raise UnreadableError("MSH", "The message does not begin with MSH.", code="100")
    mark = first[3]
    parts = [mark, *first[4:].split(mark)[:HEADER_FIELDS]]
    parts += [""] * (HEADER_FIELDS - len(parts))
    encoding = parts[1]
    marks = {mark, *encoding}
    if not 2 <= len(encoding) <= 5 or len(marks) != len(encoding) + 1 or any(one.isalnum() for one in marks):
        raise UnreadableError("MSH-2", "MSH-2 has to hold two to five different marks.", code="102")

    def part(number: int, component: int = 1) -> str:
        found = parts[number - 1].split(encoding[1])[0].split(encoding[0])
        return found[component - 1].strip() if len(found) >= component else ""

    control_id = parts[9].strip()
    if not control_id or len(control_id) > NUMBER_LENGTH:
        raise UnreadableError("MSH-10", f"MSH-10 has to hold 1 to {NUMBER_LENGTH} characters.", code="101")
    return Header(
        field=mark,
        encoding=encoding,
        sending_application=part(3),
        sending_facility=part(4),
        receiving_application=part(5),
        receiving_facility=part(6),
        sent_at=part(7),
        kind=(part(9), part(9, 2)),
        control_id=control_id,
        processing=part(11),
        version=part(12),
        charset=part(18),
    )


def codec_of(header: Header, default: str) -> str:
    """Return Python's name of the character set the message is in: MSH-18, else the one agreed with the sender.

    Raises:
        UnreadableError: it is one that is not read here.
    """
    name = header.charset.upper() or default
    if name not in CHARSETS:
        raise UnreadableError("MSH-18", f"Character set {name[:20]} is not read here. Send UNICODE UTF-8.")
    return CHARSETS[name]


def decoded(raw: bytes, codec: str) -> str:
    """Return the text of a message, segments ended by CR alone.

    Raises:
        UnreadableError: the bytes are not in this character set, or hold NUL.
    """
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        raise UnreadableError("MSH-18", f"The message holds bytes that are not {codec}.") from None
    if "\0" in text:
        raise UnreadableError("MSH", "The message holds a NUL character.", code="102")
    return text.lstrip("\ufeff\r\n").replace("\r\n", "\r").replace("\n", "\r")


def split(text: str, mark: str) -> Sequence[str]:
    """Split by a mark; a sender without that mark sends one part."""
    return text.split(mark) if mark else [text]
