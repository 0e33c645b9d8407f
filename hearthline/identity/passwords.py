"""What a password has to be: long, not guessable, not known from a breach. Nothing about its composition.

The lengths follow NIST SP 800-63B-4: at least 15 characters when the password is the only factor, fewer when a
second factor is forced. Strength is estimated with the words an attacker would try first: the product, the
organizations, the person's own name and address.
"""

import hashlib
import logging
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from zxcvbn import zxcvbn

logger = logging.getLogger(__name__)

MIN_LENGTH_ONLY_FACTOR = 15
MIN_LENGTH_WITH_SECOND_FACTOR = 12
MAX_LENGTH = 128
ESTIMATED_LENGTH = 72  # the estimator's cost grows with the square of the length
MIN_SCORE = 4  # of 0 to 4: at least 10^10 guesses
MIN_CONTEXT_WORD = 3
NOTHING_LEFT = "x"
PRODUCT_WORDS = (
    "hearthline", "hearth", "telehealth", "telemedicine", "doctor", "clinic", "hospital", "patient", "nurse",
    "physician", "health", "medical", "password",
)  # fmt: skip
SHA1_HEX_LENGTH = 40


@dataclass(frozen=True)
class Newcomer:
    """A person who chooses a password before there is an account; a ``User`` has the same attributes."""

    email: str
    name: str
    is_second_factor_forced: bool
    password_context: list[str]


def normalized(password: str) -> str:
    """Return the password in the form that is hashed, so that the same keys give the same letters everywhere."""
    return unicodedata.normalize("NFKC", password)


def context_words(*sources: str) -> list[str]:
    """Return the words of names and addresses that must not carry a password."""
    words: dict[str, None] = {}
    for source in (*PRODUCT_WORDS, *sources):
        for word in re.split(r"[\W_]+", source.casefold()):
            if len(word) >= MIN_CONTEXT_WORD:
                words[word] = None
    return list(words)


def without_context(password: str, words: Iterable[str]) -> str:
    """Return the password without the context words: what is left is what protects."""
    shrunk = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        shrunk = shrunk.replace(word, "")
    return shrunk


def strength(password: str, words: list[str]) -> int:
    """Return 0 (guessed at once) to 4 (safe), the lower of two estimates: with and without the context words."""
    whole = zxcvbn(password[:ESTIMATED_LENGTH], user_inputs=words)["score"]
    rest = zxcvbn(without_context(password, words)[:ESTIMATED_LENGTH] or NOTHING_LEFT)["score"]
    return int(min(whole, rest))


def problems(password: str, *, min_length: int, words: list[str], is_breached: bool) -> list[str]:
    """Return what is wrong with a password, in words; empty when it is good."""
    length = len(password)
    if length < min_length:
        return [
            ngettext(
                "Use at least %(count)d character. Four or five words you can picture work well.",
                "Use at least %(count)d characters. Four or five words you can picture work well.",
                min_length,
            )
            % {"count": min_length}
        ]
    if length > MAX_LENGTH:
        return [_("Use at most %(count)d characters.") % {"count": MAX_LENGTH}]
    if is_breached:
        return [_("This password is on a list of stolen passwords. Choose another one.")]
    if strength(password, words) < MIN_SCORE:
        return [
            _("This password is easy to guess. Add words that have nothing to do with you or the clinic.")
        ]
    return []


@lru_cache(maxsize=1)
def _say_list_is_absent() -> None:
    logger.warning("no list of breached passwords is configured (HEARTHLINE_BREACHED_PASSWORDS)")


def is_breached(password: str, path: Path | None) -> bool:
    """Tell whether the password's SHA-1 is in the operator's list (sorted lines ``HASH`` or ``HASH:count``).

    The file is searched in place: it may be tens of gigabytes.
    """
    if path is None or not path.exists():
        _say_list_is_absent()
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            file.seek(max(middle - 1, 0))
            if middle:
                file.readline()
            start = file.tell()
            line = file.readline()
            found = line[:SHA1_HEX_LENGTH].upper()
            if found == wanted:
                return True
            if not line or found > wanted:
                high = middle
            else:
                low = max(start + len(line), middle + 1)
    return False


class HearthlinePasswordValidator:
    """Django's door to the rules; ``needs_second_factor`` and organizations are asked of the person."""

    def validate(self, password: str, user: object | None = None) -> None:
        """Refuse a password that the rules refuse.

        Raises:
            ValidationError: with the sentence to show.
        """
        listed = getattr(settings, "HEARTHLINE_BREACHED_PASSWORDS", None)
        found = problems(
            password,
            min_length=min_length_for(user),
            words=context_words(*sources_of(user)),
            is_breached=is_breached(password, Path(listed) if listed else None),
        )
        if found:
            raise ValidationError(found)

    def get_help_text(self) -> str:
        """Return the hint above the box."""
        return _(
            "Long is strong: %(count)d characters or more, for example four or five words you can picture. "
            "You may paste it from a password manager."
        ) % {"count": MIN_LENGTH_ONLY_FACTOR}


def min_length_for(user: object | None) -> int:
    """Return the least length for a person: shorter only where a second factor is always asked."""
    is_forced = bool(getattr(user, "is_second_factor_forced", False))
    return MIN_LENGTH_WITH_SECOND_FACTOR if is_forced else MIN_LENGTH_ONLY_FACTOR


def sources_of(user: object | None) -> list[str]:
    """Return the person's names, address and organizations, as sources of context words."""
    if user is None:
        return []
    sources = [str(getattr(user, name, "") or "") for name in ("email", "name")]
    return [*sources, *getattr(user, "password_context", ())]
