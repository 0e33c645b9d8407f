"""``/health/reminders``: for a monitor. Says in numbers whether reminders go out; raises the alarm if not."""

import json
import threading

from django.db import connections

from hearthline.messaging import oversight

_is_watching = threading.Lock()


def reminders() -> tuple[int, str, bytes]:
    """Answer 200 when all is well, 503 when not; then the alarm is raised beside the request, by these pages."""
    watched = oversight.look()
    if not watched.is_well and _is_watching.acquire(blocking=False):
        threading.Thread(target=_raise_alarm, name="reminder watch").start()
    content = {
        "status": "well" if watched.is_well else "reminders are not going out",
        "worker_silent": watched.is_worker_silent,
        "late": watched.late_count,
        "missing": watched.missing_count,
    }
    return 200 if watched.is_well else 503, "application/json", json.dumps(content).encode()


def _raise_alarm() -> None:
    try:
        oversight.watch()
    finally:
        connections.close_all()
        _is_watching.release()
