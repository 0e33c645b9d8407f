"""What AndroidAPS speaks today: the part of Nightscout's REST API v3 that an uploader needs, from its documentation.

One document a request. The "JWT" that the documentation asks for is the device's own token: it is opaque to clients,
and one secret that can be revoked is simpler than two.
"""

from typing import Any

import msgspec

from hearthline.ingest.answers import STORED, WORDS, Answer, Refused, answer_json
from hearthline.ingest.doors import DeviceOf, read_json
from hearthline.ingest.nightscout import EntriesBody, KeptBody, id_of, read_entries, read_kept
from hearthline.monitoring.readings.pipeline.normalise import Draft
from hearthline.monitoring.readings.pipeline.types import Outcome, Submission

READ_AND_WRITTEN = "cru"
KEPT = ("devicestatus", "food", "profile", "settings", "treatments")
COLLECTIONS = ("entries", *KEPT)
VERSION = {"version": "15.0.3", "apiVersion": "3.0.4-alpha"}  # what clients compare with, not ours
GRANT_SECONDS = 8 * 3600
MICROSECONDS, MILLISECOND_US = 1_000_000, 1000


class _Named(msgspec.Struct, gc=False):
    identifier: str | None = None


_named = msgspec.json.Decoder(_Named)


class Document:
    """One document: an entry, or something that is kept as it came."""

    def __init__(self, body: EntriesBody | KeptBody, identifier: str) -> None:
        self._body = body
        self._identifier = identifier

    def identifiers(self) -> set[str]:
        """Return nothing: the credential says which device it is."""
        return set()

    def draft(self, device_of: DeviceOf) -> Draft:
        """Return its values."""
        return self._body.draft(device_of)

    def answer(self, submission: Submission) -> Answer:
        """Return that it was created or was there, or why it cannot be."""
        outcome = Outcome(submission.outcomes[0])
        if outcome not in STORED:
            return answer_json({"status": 400, "message": WORDS[outcome][1]}, 400)
        at = submission.received_us // MILLISECOND_US
        said: dict[str, Any] = {"status": 201, "identifier": self._identifier, "lastModified": at}
        if outcome is Outcome.ACCEPTED:
            return answer_json(said, 201)
        said.update(status=200, isDeduplication=True, deduplicatedIdentifier=self._identifier)
        return answer_json(said)


def read_entry(body: bytes) -> Document:
    """Read one entry.

    Raises:
        Refused: it is no JSON object.
    """
    return Document(read_entries(_one(body)), _identifier(body))


def read_other(body: bytes) -> Document:
    """Read one document that is kept as it came.

    Raises:
        Refused: it is no JSON object.
    """
    return Document(read_kept(_one(body)), _identifier(body))


def _one(body: bytes) -> bytes:
    if body.lstrip()[:1] == b"[":
        raise Refused(422, "malformed", "Send one document as a JSON object.")
    return body


def _identifier(body: bytes) -> str:
    return read_json(body, _named).identifier or id_of(msgspec.Raw(body))


def grant(token: str, now_us: int) -> Answer:
    """Return what a client asks for with its token before it speaks."""
    now = now_us // MICROSECONDS
    said = {
        "token": token,
        "sub": "uploader",
        "permissionGroups": [[]],
        "iat": now,
        "exp": now + GRANT_SECONDS,
    }
    return answer_json(said)


def version(now_us: int) -> Answer:
    """Return the version of the API."""
    return _result({**VERSION, "srvDate": now_us // MILLISECOND_US})


def status(now_us: int) -> Answer:
    """Return the version and what a device may do."""
    rights = dict.fromkeys(COLLECTIONS, READ_AND_WRITTEN)
    return _result({**VERSION, "srvDate": now_us // MILLISECOND_US, "apiPermissions": rights})


def last_modified(now_us: int) -> Answer:
    """Return that nothing here is news to an uploader: it is the one who knows."""
    now = now_us // MILLISECOND_US
    return _result({"srvDate": now, "collections": dict.fromkeys(COLLECTIONS, 0)})


def nothing() -> Answer:
    """Return an empty list: documents are kept, and not given out again."""
    return _result([])


def recent(entries: list[dict[str, Any]]) -> Answer:
    """Return entries as the third version does."""
    return _result([{**entry, "identifier": entry["_id"]} for entry in entries])


def _result(content: Any) -> Answer:
    return answer_json({"status": 200, "result": content})
