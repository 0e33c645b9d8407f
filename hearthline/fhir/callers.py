"""Who calls the FHIR door: a machine by its token, or a person signed in on the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from django.db.models import QuerySet
from django.http import HttpRequest

from hearthline.charting.results import senders
from hearthline.charting.results.access import DETAILS, own_reports_for, released, reports_for
from hearthline.charting.results.models import Laboratory, MachineToken, Report
from hearthline.fhir.answers import RefusedError
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CARE_TEAM_ROLES, PATIENT_ROLES, SECOND_FACTOR_ROLES
from hearthline.tenancy.context import acting_in

SCHEME = "bearer "
NOT_KNOWN = "Send the machine's token: Authorization: Bearer …"


@dataclass(frozen=True)
class Caller:
    """Who calls, with what may be read."""

    actor: Actor
    token: MachineToken | None

    def reports(self) -> QuerySet[Report]:
        """Return the reports that the caller may read."""
        if self.token is not None:
            self.require(MachineToken.Scope.READ)
            organization_id = self.actor.organization_id
            return released(Report.objects.filter(organization_id=organization_id)).select_related(*DETAILS)
        return reports_for(self.actor) if self.actor.is_care_team else own_reports_for(self.actor)

    def require(self, scope: MachineToken.Scope) -> None:
        """Refuse a token without a scope.

        Raises:
            RefusedError: it has not.
        """
        if self.token is None or scope.value not in self.token.scopes:
            raise RefusedError(403, "forbidden", f"The token has no scope {scope.value}.")

    @property
    def laboratory(self) -> Laboratory:
        """The laboratory for which the machine sends.

        Raises:
            RefusedError: the token may not send, or the laboratory was closed.
        """
        self.require(MachineToken.Scope.FILE)
        found = self.token.laboratory if self.token is not None else None
        if found is None or not found.is_active:
            raise RefusedError(403, "forbidden", "Results of this laboratory are not taken.")
        return cast("Laboratory", found)


@contextmanager
def machine(request: HttpRequest) -> Iterator[Caller]:
    """Enter the organization of the token that is presented.

    Raises:
        RefusedError: there is no token, or it opens nothing.
    """
    header = request.headers.get("Authorization", "")
    secret = header[len(SCHEME) :].strip() if header.lower().startswith(SCHEME) else ""
    organization_id = senders.organization_of(secret) if secret.isascii() else None
    if organization_id is None:
        raise RefusedError(401, "login", NOT_KNOWN)
    with acting_in(organization_id):
        token = senders.token_of(secret)
        if token is None:
            raise RefusedError(401, "login", NOT_KNOWN)
        yield Caller(Actor.system(organization_id, f"machine: {token.name}"), token)


@contextmanager
def reader(request: HttpRequest) -> Iterator[Caller]:
    """Know a person signed in on the pages, or a machine.

    Raises:
        RefusedError: neither, or a person without the second factor that the pages ask for.
    """
    actor = cast("Actor | None", getattr(request, "actor", None))
    if actor is None:
        with machine(request) as caller:
            yield caller
        return
    if not actor.roles & (CARE_TEAM_ROLES | PATIENT_ROLES):
        raise RefusedError(403, "forbidden", "Results are not for this role.")
    if not actor.is_mfa and (actor.is_enrolment_due or actor.roles & SECOND_FACTOR_ROLES):
        raise RefusedError(403, "forbidden", "Use your second factor on the pages first.")
    yield Caller(actor, None)
