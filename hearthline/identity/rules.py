"""Pure rules of identity: how long a stay may last, how to name a device, which roles may be combined."""

from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hearthline.identity.roles import PATIENT_ROLES, STAFF_ROLES, Role

IDLE_MINUTES_STAFF = 15
IDLE_MINUTES_PATIENT = 30
IDLE_MINUTES_HUB = 5
IDLE_MINUTES_SHARED = 10
LONGEST_HOURS_STAFF = 12
LONGEST_HOURS_PATIENT = 24
WARNING_SECONDS = 120
FRESH_MINUTES = 5
DEVICE_LENGTH = 100

BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "Chromebook"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def idle_limit(roles: Set[Role], *, is_shared_device: bool) -> timedelta:
    """Return how long a person may be away; the strictest of their roles counts."""
    minutes = {IDLE_MINUTES_PATIENT}
    if roles & STAFF_ROLES:
        minutes.add(IDLE_MINUTES_STAFF)
    if Role.HUB_ATTENDANT in roles:
        minutes.add(IDLE_MINUTES_HUB)
    if is_shared_device:
        minutes.add(IDLE_MINUTES_SHARED)
    return timedelta(minutes=min(minutes))


def longest_stay(roles: Set[Role]) -> timedelta:
    """Return how long a stay may last however active the person is."""
    return timedelta(hours=LONGEST_HOURS_STAFF if roles & STAFF_ROLES else LONGEST_HOURS_PATIENT)


def is_fresh(proved_at: datetime | None, at: datetime) -> bool:
    """Whether a proof of identity is recent enough for an act that needs a fresh one."""
    return proved_at is not None and timedelta() <= at - proved_at <= timedelta(minutes=FRESH_MINUTES)


def device_words(user_agent: str) -> str:
    """Return words by which a person knows the device again, for example "Chrome on Android"."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A device we do not know")


def site_problem(roles: Set[Role], *, has_site: bool) -> str:
    """Return why a place of work does not fit the roles, in words; empty when it does. Attendants need exactly one."""
    if Role.HUB_ATTENDANT in roles and not has_site:
        return _("Choose the site where this person helps. A hub attendant sees that site only.")
    return ""


def role_problem(roles: Iterable[Role]) -> str:
    """Return why a set of roles cannot be given to a member of staff, in words; empty when it can."""
    chosen = set(roles)
    if not chosen:
        return _("Choose at least one role.")
    if chosen & PATIENT_ROLES:
        return _("Patients and caregivers are not staff roles.")
    if Role.TECHNICIAN in chosen and len(chosen) > 1:
        return _(
            "A technician keeps the equipment running and sees nothing clinical: no other role goes with it."
        )
    if Role.AUDITOR in chosen and Role.ADMINISTRATOR in chosen:
        return _("An auditor reviews what administrators do: one person cannot be both.")
    return ""
