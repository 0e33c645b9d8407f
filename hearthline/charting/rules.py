"""Rules of the chart: pure, without database, clock or settings."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from hearthline.charting.vital_kinds import KINDS, VitalKind
from hearthline.design.formats import zone_name
from hearthline.directory.places import language_name

NOTE_MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"signed", "discarded"}),
    "signed": frozenset(),
    "discarded": frozenset(),
}
NOTE_SECTIONS = ("subjective", "objective", "assessment", "plan")
SECONDS_A_MINUTE = 60


def may_move_note(status: str, to: str) -> bool:
    """Whether a note in ``status`` may become ``to``."""
    return to in NOTE_MOVES[status]


def missing_before_signing(sections: Mapping[str, str]) -> list[str]:
    """Return the sections a note lacks before it can be signed: it needs an assessment and a plan."""
    return [name for name in ("assessment", "plan") if not sections.get(name, "").strip()]


def note_digest(*, author_id: str, signed_at: datetime, sections: Mapping[str, str], statements: str) -> str:
    """Return the SHA-256 over everything a signature covers, each part preceded by its length."""
    digest = hashlib.sha256()
    parts = [author_id, signed_at.isoformat(), *(sections[name] for name in NOTE_SECTIONS), statements]
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


@dataclass(frozen=True)
class VitalProblem:
    """Why a measurement is not taken as it is. ``can_confirm``: the person may say that it is right."""

    field: str
    message: str
    can_confirm: bool


def to_kept_unit(kind: VitalKind, value: Decimal, unit_code: str) -> Decimal:
    """Convert an entered value to the kind's unit, rounded to two decimals.

    Raises:
        ValueError: the kind has no such unit.
    """
    for unit in kind.units:
        if unit.code == unit_code:
            return (value * unit.factor + unit.offset).quantize(Decimal("0.01"), ROUND_HALF_UP)
    message = f"{kind.key} is not measured in {unit_code}"
    raise ValueError(message)


def check_vital(kind_key: str, value: Decimal, second_value: Decimal | None) -> list[VitalProblem]:
    """Return what is doubtful about a measurement in the kept unit; empty when nothing is."""
    kind = KINDS[kind_key]
    problems: list[VitalProblem] = []
    pairs = [("value", value, kind.possible, kind.usual)]
    if kind.second_possible is not None and kind.second_usual is not None:
        if second_value is None:
            return [
                VitalProblem(
                    "second_value", _("Enter both numbers of the blood pressure."), can_confirm=False
                )
            ]
        pairs.append(("second_value", second_value, kind.second_possible, kind.second_usual))
        if second_value >= value:
            text = _("The second number (diastolic) must be lower than the first.")
            problems.append(VitalProblem("second_value", text, can_confirm=False))
    for field_name, number, possible, usual in pairs:
        if not possible.holds(number):
            text = _("Enter a value between %(low)s and %(high)s %(unit)s. Check the unit.") % {
                "low": possible.low,
                "high": possible.high,
                "unit": kind.unit.label,
            }
            problems.append(VitalProblem(field_name, text, can_confirm=False))
        elif not usual.holds(number):
            text = _("%(value)s %(unit)s is unusual. Measure again, or confirm that it is right.") % {
                "value": number.normalize(),
                "unit": kind.unit.label,
            }
            problems.append(VitalProblem(field_name, text, can_confirm=True))
    return problems


@dataclass(frozen=True)
class Fact:
    """A recorded fact as the statement rules read it."""

    kind: str
    occurred_at: datetime
    code: str = ""
    detail: str = ""
    seconds: int | None = None


def _modality(code: str) -> str:
    words = {
        "video": pgettext("modality", "Video"),
        "audio": pgettext("modality", "Voice over the internet"),
        "phone": pgettext("modality", "Telephone"),
        "text": pgettext("modality", "Text"),
    }
    return words.get(code, code)


def _without_video(code: str) -> str:
    words = {
        "link": pgettext("without video", "the connection was too weak for video"),
        "no_camera": pgettext("without video", "the patient had no camera that works"),
        "patient": pgettext("without video", "the patient chose it"),
        "clinician": pgettext("without video", "the clinician chose it"),
        "agreed": pgettext("without video", "booked that way"),
    }
    return words.get(code, "")


def _role(code: str) -> str:
    """Return a participant's role in words; other codes (a jurisdiction) as they are."""
    words = {
        "patient": pgettext("role", "patient"),
        "caregiver": pgettext("role", "caregiver"),
        "clinician": pgettext("role", "clinician"),
        "interpreter": pgettext("role", "interpreter"),
        "family": pgettext("role", "family or friend"),
        "attendant": pgettext("role", "hub attendant"),
    }
    return words.get(code, code)


def _device(code: str) -> str:
    words = {
        "otoscope": pgettext("taken with", "an otoscope"),
        "dermatoscope": pgettext("taken with", "a dermatoscope"),
        "ophthalmoscope": pgettext("taken with", "an ophthalmoscope"),
        "throat": pgettext("taken with", "a throat camera"),
        "other": pgettext("taken with", "an examination camera"),
    }
    return words.get(code, code)


def _detail(words: str) -> str:
    """Return a recorded detail in the active language where it is one of ours; a person's own words stay theirs."""
    known = {
        "name and date of birth": pgettext("identity confirmed by", "name and date of birth"),
        "licensed": pgettext("licence checked", "licensed"),
    }
    return known.get(words, words)


def _minutes(seconds: int) -> str:
    minutes = seconds // SECONDS_A_MINUTE
    if minutes == 0:
        return _("less than a minute")
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _single_statements() -> dict[str, str | Promise]:
    return {
        "identity_checked": _("%(time)s: identity confirmed by %(detail)s."),
        "location_stated": _("%(time)s: the patient said they were at %(detail)s (%(code)s)."),
        "call_back_number_given": _("%(time)s: call-back number given: %(detail)s."),
        "consent_given": _("%(time)s: consent given: %(detail)s."),
        "company_stated": _("%(time)s: with the patient: %(detail)s."),
        "interpreter_present": _("%(time)s: interpreter: %(detail)s."),
        "participant_joined": _("%(time)s: %(detail)s joined (%(code)s)."),
        "participant_left": _("%(time)s: %(detail)s left."),
        "licence_checked": _("%(time)s: licence checked for %(code)s: %(detail)s."),
        "still_taken": _("%(time)s: photo taken with %(code)s: %(detail)s."),
        "still_removed": _("%(time)s: photo taken back, made with %(code)s: %(detail)s."),
    }


def statements(facts: Iterable[Fact], zone: str) -> list[str]:
    """Return the sentences that the recorded facts support, in the active language, times in ``zone`` (named once).

    A fact that was not recorded gives no sentence: nothing here is boilerplate.
    """
    ordered = sorted(facts, key=lambda fact: fact.occurred_at)
    templates = _single_statements()
    lines: list[str] = []
    for fact in ordered:
        is_alone = fact.kind == "company_stated" and fact.code == "alone"
        template = _("%(time)s: the patient said they were alone.") if is_alone else templates.get(fact.kind)
        if fact.kind == "interpreter_present" and fact.seconds is not None:
            lines.append(_interpreted(fact))
            continue
        if template is not None:
            local = fact.occurred_at.astimezone(ZoneInfo(zone))
            code = _device(fact.code) if fact.kind.startswith("still_") else _role(fact.code)
            values = {"time": f"{local:%H:%M}", "detail": _detail(fact.detail), "code": code}
            lines.append(str(template) % values)
    lines += _modality_lines([fact for fact in ordered if fact.kind == "modality_used"])
    if lines:
        lines.append(_("Times are in %(zone)s.") % {"zone": zone_name(zone, get_language() or "en")})
    return lines


def _interpreted(fact: Fact) -> str:
    words = {
        "language": language_name(fact.code) if fact.code else "",
        "who": fact.detail,
        "minutes": _minutes(fact.seconds or 0),
    }
    if not fact.code:
        return _("Interpreter %(who)s: %(minutes)s.") % words
    return _("Interpreter for %(language)s, %(who)s: %(minutes)s.") % words


def _modality_lines(facts: Sequence[Fact]) -> list[str]:
    totals: dict[tuple[str, str], int] = {}
    for fact in facts:
        key = (fact.code, fact.detail)
        totals[key] = totals.get(key, 0) + (fact.seconds or 0)
    lines = []
    for (code, reason), seconds in totals.items():
        words = {"way": _modality(code), "minutes": _minutes(seconds), "reason": _without_video(reason)}
        lines.append(
            (_("%(way)s: %(minutes)s (%(reason)s).") if words["reason"] else "%(way)s: %(minutes)s.") % words
        )
    return lines
