"""What an administrator decides about a clinic's telephone: its number, and recordings in the place of our voice."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from hearthline.audit import services as audit
from hearthline.foundation import sandbox
from hearthline.identity.actor import Actor
from hearthline.telephony.prompts import LANGUAGES, RECORDING_BYTES_MOST, words_of
from hearthline.tenancy.models import Organization

PARSER = "hearthline.telephony.recordings:as_telephone_plays"
LIMITS = sandbox.Limits(may_start_threads=True)  # numpy starts some


class RefusedRecordingError(ValueError):
    """The file is no recording that a telephone can play."""


@dataclass(frozen=True)
class Prompt:
    """A line that may be recorded: its name, our words, and whether the clinic has its own recording."""

    name: str
    words: str
    is_recorded: bool


def set_dial_in_number(actor: Actor, *, organization: Organization, number: str) -> None:
    """Say by which number of the trunk patients dial in; an empty one takes it away.

    Raises:
        ValidationError: it is no number with its country, or another organization has it.
    """
    organization.dial_in_number = number
    organization.full_clean(exclude=["id"])
    organization.save(update_fields=["dial_in_number"])
    audit.record(actor, "organization.changed", organization, fields=["dial_in_number"])


def prompts_of(organization: Organization, language: str) -> list[Prompt]:
    """Return the lines without anything personal in a language: only those can be recorded beforehand."""
    return [
        Prompt(name, words, recording_path(organization, language, name).is_file())
        for name, words in words_of(language).items()
        if "{" not in words
    ]


def may_record(language: str, name: str) -> bool:
    """Whether there is such a line that can be recorded."""
    return language in LANGUAGES and "{" not in words_of(language).get(name, "{")


def recording_path(organization: Organization, language: str, name: str) -> Path:
    """Return where the worker looks for a recording."""
    return Path(settings.STATE_DIRECTORY) / "prompts" / organization.slug / language / f"{name}.wav"


def keep_recording(
    actor: Actor, *, organization: Organization, language: str, name: str, content: bytes
) -> None:
    """Keep a recording in the place of our voice, as the telephone plays it.

    Raises:
        RefusedRecordingError: it is no WAV file of 16 bit and one channel, or longer than a minute.
    """
    if len(content) > RECORDING_BYTES_MOST:
        raise RefusedRecordingError
    try:
        sound = sandbox.run(PARSER, content, limits=LIMITS).parts[0]
    except sandbox.SandboxError:
        raise RefusedRecordingError from None
    kept = recording_path(organization, language, name)
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = kept.with_suffix(".new")
    draft.write_bytes(sound)
    draft.replace(kept)
    audit.record(actor, "telephone_prompt.recorded", organization, fields=[f"{language}.{name}"])


def remove_recording(actor: Actor, *, organization: Organization, language: str, name: str) -> None:
    """Let our voice say the line again."""
    recording_path(organization, language, name).unlink(missing_ok=True)
    audit.record(actor, "telephone_prompt.removed", organization, fields=[f"{language}.{name}"])
