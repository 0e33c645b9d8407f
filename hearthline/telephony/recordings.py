"""Reading a recording that somebody uploaded; runs in the sandbox, so nothing of Django is loaded here."""

import io
import wave
from typing import Any

from hearthline.foundation.sandbox.child import Refusal
from hearthline.telephony.media.companding import RATE
from hearthline.telephony.prompts import SilentError, read_sound

SECONDS_MOST = 60


def as_telephone_plays(content: bytes) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Return a recording at the telephone's rate; runs in the sandbox."""
    try:
        samples = read_sound(content)
    except SilentError:
        raise Refusal("kind") from None
    if not 0 < len(samples) <= SECONDS_MOST * RATE:
        raise Refusal("length")
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return {}, (written.getvalue(),)
