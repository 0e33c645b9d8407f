"""The nurses' minutes of the months behind: twice a month for everybody, spoken, confirmed, one after the other."""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hearthline.demo.clinic import ZONE, Clinic
from hearthline.demo.homes.people import SEED
from hearthline.foundation import clock
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.triage.models import TimeEntry

DAYS_BEHIND = 60
SLOT = timedelta(minutes=15)
STARTS, SLOTS_A_DAY = time(9, 30), 22
SPOKEN = 0.8
WEEKEND = 5


def fill_minutes(clinic: Clinic) -> int:
    """Write the time of both nurses for everybody who was set up by then; return how many stretches."""
    if TimeEntry.objects.exists():
        return 0
    draw = random.Random(SEED)
    episodes = list(Episode.objects.filter(set_up_on__isnull=False).select_related("monitored"))
    rows: list[TimeEntry] = []
    for key in ("ines", "daniel"):
        user_id = clinic.memberships[key].user_id
        mine = episodes[::2] if key == "ines" else episodes[1::2]
        rows += _stretches(clinic.organization.id, user_id, mine, draw)
    TimeEntry.objects.bulk_create(rows)
    return len(rows)


def _stretches(
    organization_id: UUID, user_id: UUID, episodes: list[Episode], draw: random.Random
) -> Iterator[TimeEntry]:
    """Yield stretches in working hours, going round everybody; none overlaps the one before."""
    zone = ZoneInfo(ZONE)
    today = clock.now().astimezone(zone).date()
    turn = 0
    for days_ago in range(DAYS_BEHIND, 0, -1):
        day = today - timedelta(days=days_ago)
        if day.weekday() >= WEEKEND:
            continue
        for slot in range(SLOTS_A_DAY):
            episode = episodes[turn % len(episodes)]
            turn += 1
            if episode.set_up_on is None or episode.set_up_on > day:
                continue
            start = datetime.combine(day, STARTS, zone) + SLOT * slot
            seconds = draw.randint(5, 13) * 60 + draw.randint(0, 50)
            yield TimeEntry(
                organization_id=organization_id,
                user_id=user_id,
                patient_id=episode.monitored.patient_id,
                starts_at=start,
                ends_at=start + timedelta(seconds=seconds),
                active_seconds=seconds,
                counted_seconds=seconds,
                is_live_contact=draw.random() < SPOKEN,
                attested_at=start + timedelta(hours=6),
            )
