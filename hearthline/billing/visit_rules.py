"""Place of service and modifier of a visit at a distance, from what happened in it. No database, no clock.

The rules are dated data (``rulebooks/visits``). Of a visit that was partly video and partly voice the longer part
counts (AMA, CPT 2025, guidelines for telemedicine services: the mode of the majority of the time is reported).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from hearthline.billing.rulebook import DIRECTORY, NoRulebookError
from hearthline.visits.choices import Modality, WithoutVideo
from hearthline.visits.rules import Share

VOICE = frozenset({Modality.AUDIO, Modality.PHONE})


class Lacking(StrEnum):
    """Why a visit cannot be claimed as it is."""

    TIME = "time"
    PLACE = "place"
    HOME = "home"
    REASON = "reason"
    REASON_ACCEPTED = "reason_accepted"
    TEXT = "text"


@dataclass(frozen=True)
class VisitBook:
    """What one payer wants to be told of a visit at a distance in one span of time."""

    name: str
    payer: str
    valid_from: date
    valid_until: date | None
    source: str
    home_code: str
    elsewhere_code: str
    video_modifier: str
    voice_modifier: str
    voice_reasons: frozenset[str]
    voice_only_at_home: bool

    def is_valid_on(self, day: date) -> bool:
        """Whether visits of this day fall under this book."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True)
class VisitFacts:
    """What a claim of a visit says about how it was held, and what is lacking before it may be made."""

    place_of_service: str
    modifier: str
    is_video: bool
    minutes: int
    reason: WithoutVideo
    lacking: tuple[Lacking, ...]


def facts_of(shares: Mapping[Share, timedelta], *, is_at_home: bool | None, book: VisitBook) -> VisitFacts:
    """Return place of service, modifier, minutes and reason.

    Args:
        shares: the time together by modality and reason.
        is_at_home: where the patient was; None when nobody said.
        book: the rules of the payer.
    """
    video = sum((length for share, length in shares.items() if share.modality == Modality.VIDEO), timedelta())
    voice = {share: length for share, length in shares.items() if share.modality in VOICE}
    spoken = sum(voice.values(), timedelta())
    is_video = video >= spoken
    reason = WithoutVideo.UNKNOWN if is_video else max(voice, key=lambda share: voice[share]).without_video
    lacking = _lacking(shares, video + spoken, is_at_home=is_at_home)
    if not is_video:
        lacking += _lacking_of_voice(reason, is_at_home=is_at_home, book=book)
    return VisitFacts(
        place_of_service="" if is_at_home is None else book.home_code if is_at_home else book.elsewhere_code,
        modifier=book.video_modifier if is_video else book.voice_modifier,
        is_video=is_video,
        minutes=round((video + spoken).total_seconds() / 60),
        reason=reason,
        lacking=tuple(lacking),
    )


def _lacking(
    shares: Mapping[Share, timedelta], spoken_and_seen: timedelta, *, is_at_home: bool | None
) -> list[Lacking]:
    lacking = []
    if not spoken_and_seen:
        lacking.append(Lacking.TEXT if shares else Lacking.TIME)
    if is_at_home is None:
        lacking.append(Lacking.PLACE)
    return lacking


def _lacking_of_voice(reason: WithoutVideo, *, is_at_home: bool | None, book: VisitBook) -> list[Lacking]:
    lacking = []
    if reason == WithoutVideo.UNKNOWN:
        lacking.append(Lacking.REASON)
    elif reason not in book.voice_reasons:
        lacking.append(Lacking.REASON_ACCEPTED)
    if book.voice_only_at_home and is_at_home is False:
        lacking.append(Lacking.HOME)
    return lacking


def visit_book_on(day: date, payer: str = "medicare") -> VisitBook:
    """Return the rules for visits of ``day``.

    Raises:
        NoRulebookError: no book covers the day.
    """
    for book in visit_books():
        if book.payer == payer and book.is_valid_on(day):
            return book
    message = f"no rulebook of {payer} for visits on {day}"
    raise NoRulebookError(message)


@cache
def visit_books() -> tuple[VisitBook, ...]:
    """Return every rulebook for visits that is shipped."""
    tables = [
        tomllib.loads(path.read_text("utf-8")) for path in sorted((DIRECTORY / "visits").glob("*.toml"))
    ]
    return tuple(
        VisitBook(
            name=table["name"],
            payer=table["payer"],
            valid_from=table["valid_from"],
            valid_until=table.get("valid_until"),
            source=table["source"],
            home_code=table["place_of_service"]["home"],
            elsewhere_code=table["place_of_service"]["elsewhere"],
            video_modifier=table["modifier"]["video"],
            voice_modifier=table["modifier"]["voice"],
            voice_reasons=frozenset(table["voice"]["reasons"]),
            voice_only_at_home=table["voice"]["only_at_home"],
        )
        for table in tables
    )
