"""Where makers of devices call: ``POST /ingest/vendors/withings/SECRET``. Kept as it came and queued, then answered.

A call is a hint that something changed, not signed by its sender: what counts is what the vendor answers when it is
asked again (``monitoring.vendors``). The secret in the address keeps strangers from making us ask. Before it
registers an address the vendor looks whether it answers HEAD.
"""

import hashlib

from hearthline.foundation.ids import new_id
from hearthline.ingest.answers import Answer, Refused, answer_json
from hearthline.ingest.doorkeeper import Doorkeeper
from hearthline.ingest.limits import NOTIFICATION_BYTES, NOTIFICATIONS_WAITING, SECRET_CHARACTERS
from hearthline.ingest.requests import Message, Receive, read_body

PATH = "/ingest/vendors/withings/"
FIND = "SELECT organization_id FROM vendors_vendorlink WHERE callback_digest = %s AND state = 'active'"
# One statement, so that what is kept is also queued. While the same waits, nothing is added and nothing queued.
KEEP = """
WITH link AS (SELECT organization_id, id FROM vendors_vendorlink WHERE callback_digest = %s AND state = 'active'),
waiting AS (SELECT count(*) AS number FROM vendors_vendornotification n JOIN link
  ON n.organization_id = link.organization_id AND n.link_id = link.id WHERE n.settled_at IS NULL),
kept AS (
  INSERT INTO vendors_vendornotification
    (id, organization_id, link_id, created_at, received_at, body, body_sha256, ending)
  SELECT %s, organization_id, id, now(), now(), %s, %s, '' FROM link, waiting WHERE waiting.number < %s
  ON CONFLICT DO NOTHING RETURNING organization_id, link_id),
queued AS (SELECT vendors_pull_soon(organization_id, link_id) FROM kept)
SELECT (SELECT count(*) FROM link), (SELECT number FROM waiting), (SELECT count(*) FROM queued)
"""


async def answer_vendor(doorkeeper: Doorkeeper, path: str, scope: Message, receive: Receive) -> Answer:
    """Keep what a vendor says.

    Raises:
        Refused: the address is nobody's (any more), the body is none of theirs, or too many wait.
    """
    digest = _digest(path)
    if scope["method"] in {"GET", "HEAD"}:
        if not await doorkeeper.query(FIND, [digest]):
            raise _nobody()
        return Answer(200, b"")
    if scope["method"] != "POST":
        raise Refused(405, "method", "Call with POST.")
    body = await read_body(scope, receive)
    if len(body) > NOTIFICATION_BYTES:
        raise Refused(413, "too-large", "A notification is a short form.")
    body_sha256 = hashlib.sha256(body).digest()
    values = [digest, new_id(), body, body_sha256, NOTIFICATIONS_WAITING]
    ((links, waiting, _queued),) = await doorkeeper.query(KEEP, values)
    if not links:
        raise _nobody()
    if waiting >= NOTIFICATIONS_WAITING:
        raise Refused(429, "quota", "Too many notifications wait; call again later.", retry_seconds=60)
    return answer_json({"status": "kept"})


def _digest(path: str) -> bytes:
    secret = path.removeprefix(PATH).rstrip("/")
    if not secret or len(secret) > SECRET_CHARACTERS:
        raise _nobody()
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _nobody() -> Refused:
    return Refused(404, "no-such-door", "Nobody is called here.")
