"""Who read the red-flag questions, in which language and when: sign-offs, kept as data in the state directory.

One TOML file (setting ``RED_FLAG_SIGN_OFFS``), a table for each language with ``reviewer``, ``on``, ``source`` and the
digest of the questions as they were read. Questions that changed since, in any word, count as unread.
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from hearthline.scheduling.rules.urgency import RedFlag, Urgency

GENERAL_VERSION = "general-1"
FILE_MODE = 0o644


@dataclass(frozen=True)
class SignOff:
    """That a qualified person read the questions in one language and answers for them."""

    language: str
    reviewer: str
    on: date
    source: str
    digest: str


def general_flags() -> list[RedFlag]:
    """Return the questions that every booking begins with, in the active language."""
    emergency = [
        ("chest_pain", _("Pain or pressure in the chest")),
        ("breathing", _("Trouble breathing, or lips turning blue")),
        ("stroke", _("A face that droops, a weak arm, or speech that is hard to understand")),
        ("bleeding", _("Bleeding that will not stop")),
        ("unconscious", _("Fainting, a seizure, or being hard to wake")),
        ("allergy", _("Swelling of the face or throat")),
        (
            "pregnancy",
            _("Pregnant or just gave birth, with heavy bleeding, a bad headache or trouble seeing"),
        ),
        ("baby", _("A baby under 3 months with a fever")),
    ]
    crisis = [("self_harm", _("Thoughts of ending your life or of hurting someone"))]
    return [RedFlag(code, Urgency.EMERGENCY, text) for code, text in emergency] + [
        RedFlag(code, Urgency.CRISIS, text) for code, text in crisis
    ]


def digest_of(language: str) -> str:
    """Return the digest of the questions' words in a language."""
    with override(language):
        words = [GENERAL_VERSION, *([one.code, one.urgency.value, one.text] for one in general_flags())]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def read_sign_offs(path: Path) -> dict[str, SignOff]:
    """Return what is kept, by language; none while nobody has signed.

    Raises:
        ValueError: the file is not as ``write_sign_off`` leaves it.
    """
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {language: SignOff(language=language, **table) for language, table in tables.items()}
    except (tomllib.TOMLDecodeError, TypeError) as error:
        message = f"{path} cannot be read ({error}); remove it and sign the red-flag questions off again"
        raise ValueError(message) from error


def write_sign_off(path: Path, sign_off: SignOff) -> None:
    """Keep a sign-off, in the place of an earlier one of its language."""
    kept = {**read_sign_offs(path), sign_off.language: sign_off}
    tables = [
        f"[{one.language}]\nreviewer = {_quoted(one.reviewer)}\non = {one.on:%Y-%m-%d}\n"
        f"source = {_quoted(one.source)}\ndigest = {_quoted(one.digest)}\n"
        for one in sorted(kept.values(), key=lambda one: one.language)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text("\n".join(tables), encoding="utf-8")
    beside.chmod(FILE_MODE)
    beside.replace(path)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are TOML's basic strings


def signed_languages(path: Path) -> list[str]:
    """Return the languages whose questions, as they stand now, were signed off: English first."""
    found = [one.language for one in read_sign_offs(path).values() if one.digest == digest_of(one.language)]
    known = [language for language in found if language in dict(settings.LANGUAGES)]
    return sorted(known, key=lambda language: (language != "en", language))
