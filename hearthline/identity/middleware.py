"""One transaction for each request, the actor in it, and the route's policy before the view.

Order matters: the transaction is opened before the session is read, and a refusal or fault rolls back all that the
request did; the denial itself is then recorded in a transaction of its own.
"""

import logging
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from hearthline.audit.services import record_denial
from hearthline.identity.actor import Actor
from hearthline.identity.policy import Policy, policy_of
from hearthline.identity.sessions import Arrival, arrive, touch
from hearthline.tenancy.context import set_context
from hearthline.tenancy.models import Organization

logger = logging.getLogger(__name__)
BACKGROUND_HEADER = "Hearthline-Background"
GetResponse = Callable[[HttpRequest], HttpResponse]


class TransactionMiddleware:
    """Open the request's transaction; roll it back when the view raised or the answer is a server error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request inside one transaction."""
        state = cast("Any", request)
        state.refusal = None
        state.must_roll_back = False
        with transaction.atomic():
            response = self.get_response(request)
            if state.must_roll_back or response.status_code >= 500:
                transaction.set_rollback(True)
        actor: Actor | None = getattr(request, "actor", None)
        if state.refusal is not None and actor is not None:
            record_denial(actor, "route.refused", ("route", state.refusal))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note that the view raised, so that what it wrote is undone."""
        state = cast("Any", request)
        state.must_roll_back = True
        if isinstance(exception, PermissionDenied | Http404) and request.resolver_match is not None:
            state.refusal = request.resolver_match.view_name or "unnamed"


class ActorMiddleware:
    """Sign the organization into the transaction, build the actor, and apply the route's policy."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set ``request.actor`` and ``request.organization``; keep personal pages out of caches."""
        state = cast("Any", request)
        state.actor, state.organization = None, None
        state.ended_because = ""
        if request.user.is_authenticated:
            self._arrive(request)
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _arrive(self, request: HttpRequest) -> None:
        state = cast("Any", request)
        arrival = arrive(request)
        if arrival.is_over:
            logout(request)
            state.ended_because = arrival.ended_because
            return
        state.arrival, state.actor, state.memberships = arrival, arrival.actor, arrival.memberships
        state.organization = arrival.organization

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse what the route's policy does not allow, before the view runs."""
        match = request.resolver_match
        policy = policy_of(match) if match is not None else None
        if match is None or policy is None:
            logger.error("route without a policy", extra={"view": match.view_name if match else ""})
            raise Http404
        if "organization_slug" in kwargs:
            self._enter_named_organization(request, kwargs["organization_slug"])
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if policy.needs_sign_in and not request.user.is_authenticated:
            return _sign_in_first(request)
        if not policy.admits(actor):
            cast("Any", request).refusal = match.view_name
            raise PermissionDenied
        if policy.wants_second_factor_from(actor):
            query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
            return HttpResponseRedirect(f"{reverse('identity:second_factor')}?{query}")
        _count_activity(request, policy)
        return None

    def _enter_named_organization(self, request: HttpRequest, slug: str) -> None:
        """Speak for the organization in the address; an actor of another one is nobody here."""
        organization = Organization.objects.filter(slug=slug, is_active=True).first()
        if organization is None:
            raise Http404
        state = cast("Any", request)
        state.organization = organization
        if state.actor is None or state.actor.organization_id != organization.id:
            state.actor = None
            set_context(organization.id, request.user.pk)


def _count_activity(request: HttpRequest, policy: Policy) -> None:
    """Keep the stay of a person who asked for a page; polling and streams are no activity."""
    is_background = policy.is_background or BACKGROUND_HEADER in request.headers
    arrival: Arrival | None = getattr(request, "arrival", None)
    if arrival is not None and arrival.stay is not None and not is_background:
        touch(arrival.stay)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    query = {"next": request.get_full_path() if request.method == "GET" else _page_of(request)}
    because = getattr(request, "ended_because", "")
    if because:
        query["because"] = because
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode(query)}")


def _page_of(request: HttpRequest) -> str:
    """Return the page a form was sent from, so that the person comes back to it; the front page when unknown."""
    page = request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
