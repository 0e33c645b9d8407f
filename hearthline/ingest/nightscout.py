"""The doors that today's uploaders of glucose sensors know: Nightscout's REST API v1, written from its behaviour.

``entries`` become readings; ``treatments`` and ``devicestatus`` are taken and kept as they came (the ingestion keeps
the body). Values are mg/dL unless an entry says ``"units": "mmol"`` (``mmol/L``). A sensor's 39 and 401 are its LOW
and HIGH; below 13 are its error codes, which are no values. Times are ``date`` (milliseconds, UTC); ``dateString``
is only asked when there is none, since senders write local times there.
"""

import hashlib
import math
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hearthline.ingest.answers import STORED, WORDS, Answer, Refused, answer_json
from hearthline.ingest.doors import DeviceOf, check_number, read_items, read_json
from hearthline.ingest.limits import ENTRIES_DAYS
from hearthline.ingest.times import IMPOSSIBLE_US, as_text, microseconds
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.pipeline.normalise import Draft, kind_of
from hearthline.monitoring.readings.pipeline.types import Outcome, Submission

HIGHEST_ERROR_CODE = 12  # Dexcom's: 1 not active … 12 bad signal
UNITS = {
    "": "mg/dL",
    "mg/dl": "mg/dL",
    "mgdl": "mg/dL",
    "mmol": "mmol/L",
    "mmol/l": "mmol/L",
    "mmoll": "mmol/L",
}
GLUCOSE = BY_CODE["glucose"].number
VALUES = {"sgv": "sgv", "mbg": "mbg"}
ID_CHARACTERS = 24  # as a MongoDB ObjectId, which uploaders expect
# The device's own readings while it is with its present person; no others are shown to a token.
RECENT = f"""
SELECT r.observed_at, r.value, r.flags FROM readings_reading r
WHERE r.organization_id = %s AND r.device_number = %s AND r.metric = {GLUCOSE}
  AND r.observed_at > now() - interval '{ENTRIES_DAYS} days'
  AND EXISTS (SELECT 1 FROM readings_deviceassignment a
    JOIN readings_device d ON d.organization_id = a.organization_id AND d.id = a.device_id
    JOIN readings_monitoredpatient m ON m.organization_id = a.organization_id AND m.id = a.monitored_id
    WHERE a.organization_id = r.organization_id AND d.number = r.device_number AND m.number = r.patient_number
      AND a.ends_at IS NULL AND r.observed_at >= a.starts_at)
ORDER BY r.observed_at DESC LIMIT %s
"""  # noqa: S608 - only our constants are put in


class Entry(msgspec.Struct, gc=False):
    """What is read of an entry."""

    date: int | float | None = None
    dateString: str = ""  # noqa: N815 - Nightscout's name
    type: str = "sgv"
    sgv: float | str | None = None
    mbg: float | str | None = None
    units: str = ""
    device: str = ""


_Moment = Annotated[datetime, Meta(tz=True)]
_entries = msgspec.json.Decoder(list[msgspec.Raw])
_entry = msgspec.json.Decoder(Entry)


class EntriesBody:
    """Entries that were read."""

    def __init__(self, entries: list[Entry | None], raw: list[msgspec.Raw]) -> None:
        self._entries = entries
        self._raw = raw

    def identifiers(self) -> set[str]:
        """Return nothing: what uploaders write as ``device`` is the name of an app, not of a device."""
        return set()

    def draft(self, device_of: DeviceOf) -> Draft:
        """Return its values; calibrations and the like (``cal``) are kept in the body only."""
        draft = Draft(len(self._entries))
        device = device_of("")
        for place, entry in enumerate(self._entries):
            if entry is None:
                draft.outcomes[place] = Outcome.MALFORMED
                continue
            if entry.type not in VALUES:
                continue
            value = _number(entry.sgv if entry.type == "sgv" else entry.mbg)
            kind = kind_of("glucose", UNITS.get(entry.units.strip().lower(), entry.units))
            if entry.type == "sgv" and value is not None and value <= HIGHEST_ERROR_CODE and _is_mass(entry):
                value = math.nan
            if value is None:
                draft.outcomes[place] = Outcome.MALFORMED
            else:
                draft.add(place, kind, value, _at(entry), device)
        return draft

    def answer(self, submission: Submission) -> Answer:
        """Return what was stored as Nightscout does: the entries, each with an id; the others with the reason.

        An uploader repeats a whole batch for ever when one entry of it is refused, so the status stays 200.
        """
        said = []
        for raw, number in zip(self._raw, submission.outcomes.tolist(), strict=True):
            outcome = Outcome(number)
            one: dict[str, Any] = {"_id": id_of(raw), "outcome": WORDS[outcome][0]}
            if outcome not in STORED:
                one["message"] = WORDS[outcome][1]
            said.append(one)
        return answer_json(said)


def _is_mass(entry: Entry) -> bool:
    return UNITS.get(entry.units.strip().lower()) == "mg/dL"


def _number(value: float | str | None) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return value if value is None or math.isfinite(value) else math.nan


def _at(entry: Entry) -> int:
    if entry.date is not None:
        return microseconds(entry.date)
    try:
        return microseconds(msgspec.convert(entry.dateString, _Moment))
    except msgspec.ValidationError:
        return IMPOSSIBLE_US


def id_of(raw: msgspec.Raw) -> str:
    """Return a name for a document that is the same whenever it is sent again."""
    return hashlib.sha256(bytes(raw)).hexdigest()[:ID_CHARACTERS]


class KeptBody:
    """Treatments or states of devices: taken and kept as they came."""

    def __init__(self, raw: list[msgspec.Raw]) -> None:
        self._raw = raw

    def identifiers(self) -> set[str]:
        """Return nothing."""
        return set()

    def draft(self, device_of: DeviceOf) -> Draft:
        """Return no values."""
        return Draft(len(self._raw))

    def answer(self, submission: Submission) -> Answer:
        """Return them with ids, as uploaders expect."""
        return answer_json([{"_id": id_of(raw), **msgspec.json.decode(raw)} for raw in self._raw])


def _list_of(body: bytes) -> list[msgspec.Raw]:
    """Return the items of a body that is an array, or one object."""
    raw = [msgspec.Raw(body)] if body.lstrip()[:1] == b"{" else read_json(body, _entries)
    check_number(len(raw))
    return raw


def read_entries(body: bytes) -> EntriesBody:
    """Read entries.

    Raises:
        Refused: they are no JSON array or object, or too many.
    """
    raw = _list_of(body)
    if len(raw) == 1:
        read_json(bytes(raw[0]), msgspec.json.Decoder())
    return EntriesBody(read_items(raw, _entry), raw)


def read_kept(body: bytes) -> KeptBody:
    """Read treatments or states of devices.

    Raises:
        Refused: they are not objects, or too many.
    """
    raw = _list_of(body)
    decoder = msgspec.json.Decoder(dict[str, Any])
    if any(item is None for item in read_items(raw, decoder)):
        raise Refused(422, "malformed", "Send an object or an array of objects.")
    return KeptBody(raw)


def recent_entries(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return the newest readings as entries."""
    entries: list[dict[str, Any]] = []
    for observed_at, value, flags in rows:
        at_us = microseconds(observed_at)
        kind = "mbg" if flags & Flag.MANUAL else "sgv"
        text = as_text(at_us)
        entries.append(
            {
                "_id": hashlib.sha256(text.encode()).hexdigest()[:ID_CHARACTERS],
                "type": kind,
                kind: round(value),
                "date": at_us // 1000,
                "dateString": text,
                "sysTime": text,
            }
        )
    return entries


def status(now_us: int) -> Answer:
    """Return what an uploader asks before it sends."""
    return answer_json(
        {
            "status": "ok",
            "name": "Hearthline",
            "version": "14.2.0",  # the API's version that uploaders compare with, not ours
            "serverTime": as_text(now_us),
            "serverTimeEpoch": now_us // 1000,
            "apiEnabled": True,
            "careportalEnabled": True,
            "settings": {"units": "mg/dl", "timeFormat": 24, "enable": ["careportal"]},
        }
    )


def verified(*, is_known: bool) -> Answer:
    """Return whether a secret may send."""
    word = "OK" if is_known else "UNAUTHORIZED"
    rights = {"canRead": is_known, "canWrite": is_known, "isAdmin": False, "permissions": "ROLE"}
    return answer_json({"status": 200, "message": {"message": word, **rights}})
