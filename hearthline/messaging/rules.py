"""What may be sent, when, by which channel, and what a reply means. Pure: no database, clock or settings."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

RETRY_DELAYS_SECONDS = (30, 120, 600, 1_800, 7_200)
MAX_ATTEMPTS_PER_CHANNEL = len(RETRY_DELAYS_SECONDS) + 1
JITTER_FRACTION = 0.2
DAYS_SEARCHED = 3
DAYS_COUNTED = 60
EARLY_MARGIN = timedelta(minutes=15)


class Channel(StrEnum):
    """A way to reach a person. Web push will join here, with its transport."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"


class State(StrEnum):
    """Where a notification stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENDING, State.SUPPRESSED, State.CANCELLED}),
    # A lease that ran out puts the row back in the queue; a receipt may overtake our own bookkeeping.
    State.SENDING: frozenset({State.SENT, State.QUEUED, State.FAILED, State.SUPPRESSED, State.DELIVERED}),
    State.SENT: frozenset({State.DELIVERED, State.FAILED, State.QUEUED}),
    State.DELIVERED: frozenset(),
    State.FAILED: frozenset({State.DELIVERED}),
    State.SUPPRESSED: frozenset(),
    State.CANCELLED: frozenset(),
}
UNDECIDED = frozenset({State.QUEUED, State.SENDING})


def may_become(old: State, new: State) -> bool:
    """Whether a notification in ``old`` may turn into ``new``."""
    return new in TRANSITIONS[old]


# --- when -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """A daily stretch of wall-clock time; it may pass midnight. Equal ends mean the whole day."""

    start: time
    end: time

    def contains(self, moment: time) -> bool:
        """Whether a wall-clock time lies in the window (the start belongs to it, the end does not)."""
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def inverted(self) -> "Window":
        """Return the rest of the day: quiet hours turned into the hours when messages may go."""
        return Window(self.end, self.start)


def is_allowed(moment: datetime, zone: ZoneInfo, window: Window) -> bool:
    """Whether ``moment`` lies in the window on the clock on the person's wall."""
    return window.contains(moment.astimezone(zone).time())


def _boundaries(moment: datetime, zone: ZoneInfo, boundary: time, days: range) -> list[datetime]:
    """Return the instants at which the clock shows ``boundary`` on the days around; both, when it shows it twice."""
    today = moment.astimezone(zone).date()
    found = {
        datetime.combine(today + timedelta(days=day), boundary, tzinfo=zone)
        .replace(fold=fold)
        .astimezone(UTC)
        for day in days
        for fold in (0, 1)
    }
    return sorted(found)


def next_allowed(moment: datetime, zone: ZoneInfo, window: Window) -> datetime:
    """Return the first instant at or after ``moment`` at which the person may be written to."""
    if is_allowed(moment, zone, window):
        return moment
    return next(
        candidate
        for candidate in _boundaries(moment, zone, window.start, range(DAYS_SEARCHED))
        if candidate >= moment and is_allowed(candidate, zone, window)
    )


def last_allowed(moment: datetime, zone: ZoneInfo, window: Window) -> datetime | None:
    """Return an instant shortly before the window closed, the last time before ``moment``; None if there is none."""
    if is_allowed(moment, zone, window):
        return moment
    for boundary in reversed(_boundaries(moment, zone, window.end, range(-DAYS_SEARCHED, 1))):
        candidate = boundary - EARLY_MARGIN
        if candidate <= moment and is_allowed(candidate, zone, window):
            return candidate
    return None


@dataclass(frozen=True)
class Plan:
    """When a notification goes, or why it does not."""

    at: datetime | None
    reason: str = ""


def plan_sending(
    *, send_at: datetime, now: datetime, expires_at: datetime, zone: ZoneInfo, window: Window, is_urgent: bool
) -> Plan:
    """Decide when to send.

    Urgent messages ("it is your turn") ignore the window. Others wait for it; one that would be pointless by then
    goes earlier, before the window closes, if that is still ahead; else not at all.
    """
    wanted = max(send_at, now)
    if wanted >= expires_at:
        return Plan(None, "expired")
    if is_urgent:
        return Plan(wanted)
    later = next_allowed(wanted, zone, window)
    if later < expires_at:
        return Plan(later)
    earlier = last_allowed(wanted, zone, window)
    if earlier is not None and earlier >= now:
        return Plan(earlier)
    return Plan(None, "quiet_hours")


# --- by which channel -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """How a person can and wants to be reached."""

    addresses: Mapping[Channel, str]
    preferred: Channel | None = None
    allowed: frozenset[Channel] | None = None
    opted_out: frozenset[Channel] = frozenset()
    doubtful: frozenset[Channel] = frozenset()
    may_be_contacted: bool = True


@dataclass(frozen=True)
class Choice:
    """The channels to try, best first, or the reason why there is none."""

    channels: tuple[Channel, ...]
    reason: str = ""


def choose_channels(
    reach: Reach,
    *,
    offered: Sequence[Channel],
    is_essential: bool = False,
    is_last_word: bool = False,
    tried: Collection[Channel] = (),
) -> Choice:
    """Choose channels for one message.

    ``offered`` is the template's own order. The person's safe-contact rules are absolute, opting out of texts is
    too; an essential message (sign-in, security) may still go by e-mail, and the one text that says that texts have
    stopped is a last word. Doubtful addresses come last.
    """
    if not reach.may_be_contacted:
        return Choice((), "safe_contact")
    addressed = [channel for channel in offered if reach.addresses.get(channel)]
    if not addressed:
        return Choice((), "no_address")
    safe = [channel for channel in addressed if reach.allowed is None or channel in reach.allowed]
    if not safe:
        return Choice((), "safe_contact")
    wanted = [
        channel
        for channel in safe
        if channel not in reach.opted_out or is_last_word or (is_essential and channel is Channel.EMAIL)
    ]
    if not wanted:
        return Choice((), "opted_out")
    left = [channel for channel in wanted if channel not in tried]
    if not left:
        return Choice((), "channels_exhausted")
    order = sorted(left, key=lambda channel: (channel in reach.doubtful, channel != reach.preferred))
    return Choice(tuple(order))


# --- again ----------------------------------------------------------------------------------------------------------


def retry_delay(attempt: int, *, seed: int, retry_after_seconds: int | None = None) -> timedelta | None:
    """Return how long to wait after the ``attempt``-th try on a channel; None when that was the last.

    The wait is spread by the row's own number, so that a gateway coming back is not met by everyone at once, and
    never shorter than the gateway asked for.
    """
    if attempt >= MAX_ATTEMPTS_PER_CHANNEL:
        return None
    base = RETRY_DELAYS_SECONDS[attempt - 1]
    spread = 1 + JITTER_FRACTION * ((seed * 2_654_435_761 + attempt) % 1_000) / 1_000
    return timedelta(seconds=max(base * spread, retry_after_seconds or 0))


# --- answers --------------------------------------------------------------------------------------------------------


class Intent(StrEnum):
    """What a text that came back means."""

    CONFIRM = "confirm"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    STOP = "stop"
    START = "start"
    HELP = "help"
    UNKNOWN = "unknown"


# "Cancel" alone is a word that carriers and regulators count as opting out, so it never cancels a visit: X does.
REPLY_WORDS: Mapping[Intent, frozenset[str]] = {
    Intent.STOP: frozenset(
        {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
        | {"baja", "alto", "parar", "detener", "cancelar", "توقف", "ايقاف", "الغاء"}
    ),
    Intent.START: frozenset(["start", "unstop", "alta", "iniciar", "ابدا"]),
    Intent.HELP: frozenset(["help", "info", "ayuda", "مساعدة"]),
    Intent.CONFIRM: frozenset(["c", "confirm", "confirmar", "confirmo", "yes", "y", "si", "ok", "نعم"]),
    Intent.RESCHEDULE: frozenset(["r", "reschedule", "move", "cambiar", "mover", "تغيير"]),
    Intent.CANCEL: frozenset({"x"}),
}


def _bare(text: str) -> str:
    """Return the text in lower case without accents, hamza marks, punctuation and surrounding space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if sign.isalnum() or sign.isspace()).strip()


def read_reply(text: str) -> Intent:
    """Return what a reply means. Only the whole message counts: a sentence that holds "stop" is not an opt-out.

    "Opt out" in two words is the one exception that regulators name.
    """
    words = _bare(text).split()
    if words in (["opt", "out"], ["stop", "all"]):
        return Intent.STOP
    if len(words) != 1:
        return Intent.UNKNOWN
    return next((intent for intent, known in REPLY_WORDS.items() if words[0] in known), Intent.UNKNOWN)


# --- answers expected from the care team -----------------------------------------------------------------------------


def answer_due(
    asked_at: datetime, *, within_minutes: int, zone: ZoneInfo, opening: Window, weekdays: frozenset[int]
) -> datetime:
    """Return when an answer is due: minutes are counted only while the team is there.

    ``weekdays`` count from Monday = 0. A team that is never there has its minutes counted by the clock.
    """
    if not weekdays:
        return asked_at + timedelta(minutes=within_minutes)
    left = timedelta(minutes=within_minutes)
    day = asked_at.astimezone(zone).date()
    for _ in range(DAYS_COUNTED):
        if day.weekday() in weekdays:
            opens = datetime.combine(day, opening.start, tzinfo=zone).astimezone(UTC)
            last_day = day if opening.start < opening.end else day + timedelta(days=1)
            closes = datetime.combine(last_day, opening.end, tzinfo=zone).astimezone(UTC)
            begins = max(opens, asked_at)
            if closes > begins:
                if begins + left <= closes:
                    return begins + left
                left -= closes - begins
        day += timedelta(days=1)
    return asked_at + timedelta(minutes=within_minutes)
