"""Registers the people who measure at home, takes them into their programs, and fills the weeks behind them."""

import random
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from hearthline.demo.cast import STAFF
from hearthline.demo.clinic import ZONE, Clinic, actor_of
from hearthline.demo.homes.duty import fill_duty, take_some_cases
from hearthline.demo.homes.limits import put_in_force
from hearthline.demo.homes.measuring import HISTORY_DAYS, measurements_of, newest_of, take_in
from hearthline.demo.homes.minutes import fill_minutes
from hearthline.demo.homes.people import DEVICES, REASONS, SEED, SHARES, Home, draw_homes, homes_by_serial
from hearthline.demo.names import NAME_POOLS, STREETS, TOWNS
from hearthline.directory.access import today_in
from hearthline.directory.models import CareRelationship, ConsentText, Patient
from hearthline.directory.models.consents import ConsentKind
from hearthline.directory.services.patients import register_patient
from hearthline.fleet.models import Asset
from hearthline.fleet.rules import State
from hearthline.fleet.services import add_assets, move_asset
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.episodes.services import note_consent, note_set_up
from hearthline.monitoring.home.services.planning import set_goal
from hearthline.monitoring.readings.compaction import pack_finished_days
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import DeviceAssignment
from hearthline.monitoring.readings.summaries import refresh_summaries
from hearthline.programs import services
from hearthline.programs.definitions import shipped_content
from hearthline.programs.lending import lend
from hearthline.programs.models import Enrollment, Program
from hearthline.tenancy.context import acting_in

IN_STORE = 24  # devices that nobody has yet
ORDERED_BY = {
    "diabetes-cgm": "priya",
    "hypertension": "amara",
    "heart-failure": "yusuf",
    "copd-oxygen": "priya",
}
# Where values should be: AHA/ACC 2025; International Consensus on CGM 2019; BMJ 2021;372:n677 for lungs.
GOALS: dict[str, tuple[tuple[str, float | None, float | None], ...]] = {
    "diabetes-cgm": (("glucose", 70, 180),),
    "hypertension": (("systolic", 95, 130), ("diastolic", 55, 80)),
    "heart-failure": (("systolic", 95, 130),),
    "copd-oxygen": (("oxygen-saturation", 93, None),),
}
STORIES = {"hypertension": 0, "heart-failure": 1, "diabetes-cgm": 2}  # place among the people with stories
LAST_HOURS = timedelta(
    hours=14
)  # taken in after the rules are in force, so that there is something to look at
PARTS = 4  # in which they are taken in: cases are opened at different times, and some are over again
NEWCOMERS = 6  # who have only begun: the chain can be seen at each of its steps


def fill_homes(clinic: Clinic, patients: list[Patient]) -> int:
    """Bring everybody who measures at home up to now; return how many values were taken in."""
    taken = 0
    with acting_in(clinic.organization.id):
        is_new = not Enrollment.objects.exists()
        if is_new:
            _begin(clinic, patients)  # all of it or nothing: a half-filled demo would stay so
    if is_new:
        taken = _catch_up(clinic, clock.now() - LAST_HOURS)
        with acting_in(clinic.organization.id):
            _put_in_force(clinic)
            fill_minutes(clinic)
        taken += _live_last_hours(clinic)
    return taken + _catch_up(clinic, clock.now())


def _live_last_hours(clinic: Clinic) -> int:
    """Take in what was measured since the rules hold, as if it had come in time, and take some of the cases."""
    now, taken = clock.now(), 0
    for place in range(1, PARTS + 1):
        with clock.frozen(now - LAST_HOURS + place * LAST_HOURS / PARTS):
            taken += _catch_up(clinic, clock.now())
    with acting_in(clinic.organization.id):
        take_some_cases(clinic)
    return taken


def _put_in_force(clinic: Clinic) -> None:
    """Approve the clinic's rules and everybody's limits; what is taken in from then on can raise alerts."""
    doctor = _doctor(clinic, "hypertension")
    put_in_force(doctor)
    fill_duty(clinic, doctor)
    steps = {home.serial(0): _newcomer_steps(home) for home in draw_homes()}
    lent = DeviceAssignment.objects.filter(device__identifier__in=[one for one in steps if steps[one] > 3])
    enrolled = Enrollment.objects.filter(episode__monitored__in=lent.values("monitored"))
    for enrollment in enrolled.select_related("program", "episode__monitored"):
        for metric, low, high in GOALS[enrollment.program.code]:
            number = BY_CODE[metric].number
            set_goal(actor=doctor, monitored=enrollment.episode.monitored, metric=number, low=low, high=high)
        services.approve_limits(_doctor(clinic, enrollment.program.code), enrollment=enrollment)


def _begin(clinic: Clinic, patients: list[Patient]) -> None:
    homes = draw_homes()
    programs = {
        code: services.adopt_program(_doctor(clinic, code), content=content)
        for code, content in shipped_content().items()
    }
    people = _people(clinic, homes, patients)
    _entrust(clinic, homes, people)
    _stock(clinic, homes)
    text = ConsentText.objects.get(kind=ConsentKind.MONITORING, language="en")
    for home in homes:
        _enroll(clinic, home, people[home.number], programs[home.program], text)


def _doctor(clinic: Clinic, program: str) -> Actor:
    key = ORDERED_BY[program]
    name = next(person.name for person in STAFF if person.key == key)
    return actor_of(clinic.memberships[key], name)


def _people(clinic: Clinic, homes: list[Home], patients: list[Patient]) -> dict[int, Patient]:
    """Return a patient for each home: the people with stories first in theirs, the others new ones."""
    found: dict[int, Patient] = {}
    first = 0
    for program, count in SHARES.items():
        if program in STORIES:
            found[first] = patients[STORIES[program]]
        first += count
    draw = random.Random(SEED)
    names = _names(draw)
    for home in homes:
        if home.number not in found:
            given, family, language = next(names)
            values = {
                "given_names": given,
                "family_name": family,
                "language": language,
                "birth_date": date(draw.randint(1936, 1990), draw.randint(1, 12), draw.randint(1, 28)),
                "gender": draw.choice(["female", "male"]),
                "telephone": f"+1512555{100 + home.number % 100:04d}",
                "email": f"home{home.number:03d}@example.org",
                "address": f"{draw.randint(10, 980)} {draw.choice(STREETS)}, {draw.choice(TOWNS)}, TX",
                "zone": ZONE,
                "jurisdiction": "US-TX",
            }
            found[home.number] = register_patient(actor=clinic.navigator, values=values)
    return found


def _names(draw: random.Random) -> Iterator[tuple[str, str, str]]:
    known = set(Patient.objects.values_list("given_names", "family_name"))
    pairs = [
        (given, family, language)
        for language, (_count, given_names, family_names) in NAME_POOLS.items()
        for given in given_names
        for family in family_names
        if (given, family) not in known
    ]
    draw.shuffle(pairs)
    return iter(pairs)


def _entrust(clinic: Clinic, homes: list[Home], people: dict[int, Patient]) -> None:
    """Give everybody the physician who ordered and the nurse who watches."""
    since = clock.now() - timedelta(days=400)
    CareRelationship.objects.bulk_create(
        CareRelationship(
            organization_id=clinic.organization.id,
            patient=people[home.number],
            practitioner=clinic.practitioners[key],
            source=CareRelationship.Source.MANUAL,
            starts_at=since,
        )
        for home in homes
        for key in (ORDERED_BY[home.program], "ines")
    )


def _stock(clinic: Clinic, homes: list[Home]) -> None:
    """Put the devices into the store, a few more than are lent."""
    lee = actor_of(clinic.memberships["lee"], "Lee Castellan")
    made = {thing for things in DEVICES.values() for thing in things}
    for kind, maker, model in sorted(made):
        serials = [
            home.serial(position)
            for home in homes
            for position, thing in enumerate(home.devices)
            if thing == (kind, maker, model)
        ]
        serials += [f"{kind[:2].upper()}9{number:03d}" for number in range(IN_STORE // len(made))]
        like = Asset(kind=kind, manufacturer=maker, model=model)
        for asset in _added(lee, like, serials):
            move_asset(lee, asset_id=asset.pk, to=State.READY)


def _added(actor: Actor, like: Asset, serials: Iterable[str]) -> Iterator[Asset]:
    remaining = iter(serials)
    while part := list(islice(remaining, 200)):
        yield from add_assets(actor, like=like, serials=part)


def _enroll(clinic: Clinic, home: Home, patient: Patient, program: Program, text: ConsentText) -> None:
    """Go the way from order to monitoring, each step on its own day; newcomers are still on it."""
    doctor, nurse = _doctor(clinic, home.program), actor_of(clinic.memberships["ines"], "Ines Okafor")
    begun = clock.now() - timedelta(weeks=home.weeks)
    steps = _newcomer_steps(home)
    with clock.frozen(begun):
        order = services.Order(REASONS[home.program], is_established=True)
        enrollment = services.enroll(doctor, patient=patient, program=program, order=order)
        if steps > 0:
            note_consent(
                actor=nurse,
                episode=enrollment.episode,
                text=text,
                signer_name=patient.full_name,
                signer_relationship="self",
            )
    with clock.frozen(begun + timedelta(days=2)):
        if steps > 1:
            for position in range(len(home.devices)):
                asset = Asset.objects.get(serial=home.serial(position))
                lend(nurse, enrollment=enrollment, asset_id=asset.pk)
        if steps > 2:
            today = today_in(clinic.organization.id)
            note_set_up(actor=nurse, episode=enrollment.episode, on=today, has_medical_device=True)


def _newcomer_steps(home: Home) -> int:
    """Return how many steps somebody has gone: the last ones of the two hundred have only begun."""
    total = sum(SHARES.values())
    return min(home.number - (total - NEWCOMERS), 3) if home.number >= total - NEWCOMERS else 4


def _catch_up(clinic: Clinic, until: datetime) -> int:
    """Take in what was measured since the newest value of each device, at most the shown weeks."""
    organization_id = clinic.organization.id
    homes = homes_by_serial()
    with acting_in(organization_id):
        lent = list(DeviceAssignment.objects.filter(ends_at=None).select_related("device", "monitored"))
    taken = 0
    for assignment in lent:
        home = homes.get(assignment.device.identifier)
        if home is None:
            continue
        with acting_in(organization_id):
            since = _since(
                assignment, until
            )  # asked outside, nothing is known of anybody and all comes again
            end = until - timedelta(days=home.silent_days)
            taken += take_in(assignment, measurements_of(home, assignment, since=since, until=end))
    for work in (refresh_summaries, pack_finished_days):
        done = 1
        while done:
            with acting_in(organization_id):
                done = work(organization_id)
    return taken


def _since(assignment: DeviceAssignment, until: datetime) -> datetime:
    newest = newest_of(assignment)
    earliest = max(assignment.starts_at, until - timedelta(days=HISTORY_DAYS))
    return max(earliest, newest + timedelta(seconds=1)) if newest else earliest
