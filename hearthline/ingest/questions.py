"""What uploaders of glucose sensors ask before and between sending: states, rights, their own last values."""

import time
from collections.abc import Callable

from hearthline.ingest import nightscout, nightscout_v3
from hearthline.ingest.answers import Answer, Refused, answer_json
from hearthline.ingest.credentials import Caller
from hearthline.ingest.doorkeeper import Doorkeeper
from hearthline.ingest.limits import ENTRIES_ANSWERED
from hearthline.ingest.requests import Message, query
from hearthline.monitoring.readings.credentials import NIGHTSCOUT

COUNT_DIGITS = 7
USUAL_COUNT = "10"
FIRST, SECOND, THIRD = "/api/v1/", "/api/v2/", "/api/v3/"
GRANT = f"{SECOND}authorization/request/"
OPEN: dict[str, Callable[[int], Answer]] = {
    f"{FIRST}status": nightscout.status,
    f"{THIRD}version": nightscout_v3.version,
}
KNOWN: dict[str, Callable[[int], Answer]] = {
    f"{THIRD}status": nightscout_v3.status,
    f"{THIRD}lastModified": nightscout_v3.last_modified,
}


async def answer_question(doorkeeper: Doorkeeper, path: str, scope: Message) -> Answer:
    """Answer a GET.

    Raises:
        Refused: nobody known asks, or nothing is answered there.
    """
    now_us = time.time_ns() // 1000
    if path in OPEN:
        return OPEN[path](now_us)
    if path.startswith(GRANT):
        token = path.removeprefix(GRANT)
        scope["headers"] = [(b"authorization", f"Bearer {token}".encode())]
        await doorkeeper.admit(scope, NIGHTSCOUT)
        return nightscout_v3.grant(token, now_us)
    if path == f"{FIRST}verifyauth":
        return nightscout.verified(is_known=await _is_known(doorkeeper, scope))
    caller = await doorkeeper.admit(scope, NIGHTSCOUT)
    if path in KNOWN:
        return KNOWN[path](now_us)
    if path == f"{FIRST}experiments/test":
        return answer_json({"status": "ok"})
    return await _collection(doorkeeper, caller, path, scope)


async def _is_known(doorkeeper: Doorkeeper, scope: Message) -> bool:
    try:
        await doorkeeper.admit(scope, NIGHTSCOUT)
    except Refused:
        return False
    return True


async def _collection(doorkeeper: Doorkeeper, caller: Caller, path: str, scope: Message) -> Answer:
    version, name = path[: len(FIRST)], path[len(FIRST) :]
    collection, _, rest = name.partition("/")
    is_third = version == THIRD
    if collection == "entries" and rest in {"", "sgv", "current"}:
        count = query(scope).get("limit" if is_third else "count", USUAL_COUNT)
        limit = min(int(count), ENTRIES_ANSWERED) if count.isdecimal() and len(count) < COUNT_DIGITS else 1
        values = [caller.organization_id, caller.device, 1 if rest == "current" else limit]
        entries = nightscout.recent_entries(await doorkeeper.query(nightscout.RECENT, values))
        return nightscout_v3.recent(entries) if is_third else answer_json(entries)
    if collection in nightscout_v3.COLLECTIONS:
        return nightscout_v3.nothing() if is_third else answer_json([])
    raise Refused(404, "no-such-door", "Nothing is answered here; see the documentation for the paths.")
