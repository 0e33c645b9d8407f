"""What every page's frame shows: the organization, where one can go, and who is signed in."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hearthline.charting.results.queries import waiting_criticals
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging.notices import count_unread
from hearthline.messaging.oversight import open_alarms
from hearthline.monitoring.triage.dangers import frame_of
from hearthline.web.navigation import places_for

BANNER_LINES = 3  # critical results named on each page; the list of results has all
TOLD_OF_ALARMS = (Role.ADMINISTRATOR, Role.NAVIGATOR)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values for a page."""
    actor: Actor | None = getattr(request, "actor", None)
    return {
        "actor": actor,
        "organization": getattr(request, "organization", None),
        "audience": "staff" if actor is not None and actor.is_staff else "patient",
        "actor_role": ", ".join(sorted(str(role.label) for role in actor.roles)) if actor is not None else "",
        "sign_out_url": reverse("account_logout") if request.user.is_authenticated else "",
        "navigation": _navigation(actor, request.path) if actor is not None else [],
        **_banners(request, actor),
    }


def _navigation(actor: Actor, path: str) -> list[tuple[Any, str, bool, str]]:
    """Return the places, and for staff the notices with how many are new."""
    entries = places_for(actor, path)
    if actor.is_staff and not actor.has_role(Role.TECHNICIAN):
        address, new = reverse("messaging:notices"), count_unread(actor)
        label = (
            ngettext("%(new)d new notice", "%(new)d new notices", new) % {"new": new} if new else _("Notices")
        )
        is_here = path.startswith(address)
        entries = [(words, url, is_current and not is_here, icon) for words, url, is_current, icon in entries]
        entries.append((label, address, is_here, "bell"))
    return entries


def _banners(request: HttpRequest, actor: Actor | None) -> dict[str, Any]:
    """Return what interrupts on each page: dangers, critical results nobody took, alarms about reminders."""
    if actor is None:
        return {}
    found: dict[str, Any] = {"banner_parts": []}
    if actor.is_care_team and actor.is_mfa:
        found |= frame_of(actor)
    is_at_results = request.path.startswith(reverse("results:worklist"))
    if actor.is_clinician and not is_at_results and (criticals := waiting_criticals(actor, BANNER_LINES)):
        found["criticals"] = criticals
        found["banner_parts"].append("web/_criticals.html")
    if actor.has_role(*TOLD_OF_ALARMS) and (alarms := open_alarms()):
        found["alarms"] = alarms
        found["banner_parts"].append("web/_alarms.html")
    return found
