"""Where each kind of person can go: the places in a page's frame, in the order of their importance."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, PATIENT_ROLES, PRESCRIBER_ROLES, Role


@dataclass(frozen=True)
class Place:
    """An entry of the navigation and the roles that see it."""

    label: str | Promise
    url_name: str
    icon: str
    roles: frozenset[Role]


PLACES = (
    Place(_("My care"), "web:care", "home", PATIENT_ROLES),
    Place(_("Visits"), "scheduling:appointments", "calendar", PATIENT_ROLES),
    Place(_("Messages"), "messaging:care_threads", "chat", PATIENT_ROLES),
    Place(_("My record"), "charting:record", "note", PATIENT_ROLES),
    Place(_("Today"), "web:today", "clock", CARE_TEAM_ROLES),
    Place(_("Today at this site"), "web:hub", "clock", frozenset({Role.HUB_ATTENDANT})),
    Place(_("Who needs a look"), "triage:worklist", "heart", CARE_TEAM_ROLES),
    Place(_("Results"), "results:worklist", "file", CARE_TEAM_ROLES),
    Place(_("Patients"), "directory:search", "people", CARE_TEAM_ROLES | {Role.ADMINISTRATOR}),
    Place(_("Schedule"), "scheduling:schedule", "calendar", CARE_TEAM_ROLES | {Role.ADMINISTRATOR}),
    Place(_("Consults"), "consults:worklist", "send", CARE_TEAM_ROLES),
    Place(_("Programs"), "programs:board", "repeat", CARE_TEAM_ROLES),
    Place(_("Messages"), "messaging:threads", "chat", CARE_TEAM_ROLES),
    Place(_("Held images"), "dicom:holds", "photo", CARE_TEAM_ROLES),
    Place(_("Rescue desk"), "visits:rescue", "lifebuoy", frozenset({Role.NURSE, Role.NAVIGATOR})),
    Place(_("Interpreters"), "visits:interpreters", "people", frozenset({Role.NURSE, Role.NAVIGATOR})),
    Place(_("Calls"), "visits:connections", "video", frozenset({Role.ADMINISTRATOR, Role.NAVIGATOR})),
    Place(_("Claims"), "billing:board", "file", PRESCRIBER_ROLES | {Role.ADMINISTRATOR}),
    Place(_("Administration"), "directory:administration", "key", frozenset({Role.ADMINISTRATOR})),
    Place(_("Audit"), "compliance:audit", "eye", frozenset({Role.AUDITOR, Role.ADMINISTRATOR})),
    Place(_("Devices"), "fleet:assets", "device", frozenset({Role.TECHNICIAN, Role.ADMINISTRATOR})),
    Place(_("Incidents"), "fleet:incidents", "bell", frozenset({Role.TECHNICIAN})),
    Place(_("Operations"), "web:operations", "settings", frozenset({Role.TECHNICIAN})),
)
HOMES = (
    (frozenset({Role.PHYSICIAN, Role.SPECIALIST, Role.NURSE, Role.NAVIGATOR}), "web:today"),
    (frozenset({Role.ADMINISTRATOR}), "directory:administration"),
    (frozenset({Role.AUDITOR}), "compliance:audit"),
    (frozenset({Role.HUB_ATTENDANT}), "web:hub"),
    (frozenset({Role.TECHNICIAN}), "web:operations"),
    (PATIENT_ROLES, "web:care"),
)


def home_of(actor: Actor) -> str:
    """Return the address where this person's day begins."""
    for roles, url_name in HOMES:
        if roles & actor.roles:
            return reverse(url_name)
    return reverse("web:start")


def places_for(actor: Actor, path: str) -> list[tuple[Any, str, bool, str]]:
    """Return the entries (label, address, whether this is the page's own, icon) for an actor on a page."""
    shown = [(place, reverse(place.url_name)) for place in PLACES if place.roles & actor.roles]
    current = max((url for _place, url in shown if path.startswith(url)), key=len, default="")
    return [(place.label, url, url == current, place.icon) for place, url in shown]
