"""The kinds of notification and our own words for them, read from ``wordings/``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from hearthline.messaging.rules import Channel
from hearthline.messaging.wording import Wording

DIRECTORY = Path(__file__).parent / "wordings"
ALWAYS_ALLOWED = frozenset({"organization", "phone"})
FALLBACK_LANGUAGE = "en"


class UnknownTemplateError(LookupError):
    """Nobody declared this kind of notification; add it to ``wordings/kinds.toml`` and to each language."""


@dataclass(frozen=True)
class Template:
    """One kind of notification."""

    name: str
    channels: tuple[Channel, ...]
    placeholders: frozenset[str]
    required: frozenset[str]
    neutral: str
    valid_for: timedelta
    is_urgent: bool = False
    is_essential: bool = False
    is_reminder: bool = False
    takes_reply: bool = False
    is_last_word: bool = False


@dataclass(frozen=True)
class OwnWords:
    """Our words of one language; those nobody qualified has read yet are marked."""

    wordings: Mapping[tuple[str, Channel], Wording]
    is_reviewed: bool


def template(name: str) -> Template:
    """Return a kind of notification.

    Raises:
        UnknownTemplateError: there is none of this name.
    """
    try:
        return templates()[name]
    except KeyError:
        raise UnknownTemplateError(name) from None


@cache
def templates() -> Mapping[str, Template]:
    """Return every kind of notification by its name."""
    kinds = tomllib.loads((DIRECTORY / "kinds.toml").read_text(encoding="utf-8"))
    return {
        name: Template(
            name=name,
            channels=tuple(Channel(channel) for channel in kind["channels"]),
            placeholders=frozenset(kind["placeholders"]) | ALWAYS_ALLOWED,
            required=frozenset(kind.get("required", ())),
            neutral=kind["neutral"],
            valid_for=timedelta(minutes=kind["valid_minutes"]),
            is_urgent=kind.get("urgent", False),
            is_essential=kind.get("essential", False),
            is_reminder=kind.get("is_reminder", False),
            takes_reply=kind.get("reply", False),
            is_last_word=kind.get("last_word", False),
        )
        for name, kind in kinds.items()
    }


@cache
def own_words(language: str) -> OwnWords:
    """Return our words in a language."""
    source = tomllib.loads((DIRECTORY / f"{language}.toml").read_text(encoding="utf-8"))
    is_reviewed = bool(source.pop("meta")["reviewed"])
    words = {
        (name, channel): Wording(
            text=part[channel.value].strip(),
            subject=part.get("subject", "") if channel is Channel.EMAIL else "",
        )
        for name, part in source.items()
        for channel in Channel
        if channel.value in part
    }
    return OwnWords(words, is_reviewed)


def own_wording(name: str, language: str, channel: Channel) -> tuple[Wording, str]:
    """Return our words for a template and the language they are in: the one asked for, else English."""
    for candidate in (language, FALLBACK_LANGUAGE):
        if (DIRECTORY / f"{candidate}.toml").is_file():
            found = own_words(candidate).wordings.get((name, channel))
            if found is not None:
                return found, candidate
    message = f"{name} by {channel.value}"
    raise UnknownTemplateError(message)
