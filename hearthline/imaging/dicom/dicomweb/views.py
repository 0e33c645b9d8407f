"""The doors of DICOMweb: who asks, by a machine's token or a person's session, and the root that is asked.

A token in the header is a machine's. A session lets a person look only: what changes anything needs a token, so that
no page of somebody else can make a browser do it.
"""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.policy import Policy, public
from hearthline.imaging.dicom.access import VIEWER_ROLES, get_patient_scope_for, get_scope_for
from hearthline.imaging.dicom.dicomweb import rendered, retrieve, search, store
from hearthline.imaging.dicom.dicomweb.answers import Refusal, refusal
from hearthline.imaging.dicom.dicomweb.resources import Act, parse
from hearthline.imaging.dicom.models import Gateway
from hearthline.imaging.dicom.scopes import READ, RETRACT, Scope
from hearthline.imaging.dicom.services.grants import actor_of, gateway_of_digest, organization_of_token
from hearthline.imaging.dicom.services.retract import retract
from hearthline.tenancy.context import set_context

BEARER = "bearer "
USED_EVERY_SECONDS = 60
SAFE_METHODS = frozenset({"GET", "HEAD"})
METHODS = SAFE_METHODS | {"POST", "DELETE"}
PEOPLE = Policy("people who look at images", roles=frozenset(VIEWER_ROLES))


@dataclass(frozen=True)
class Caller:
    """Who asks."""

    actor: Actor
    gateway: Gateway | None = None


@public
@csrf_exempt
def by_grant(request: HttpRequest, grant_id: UUID, resource: str = "") -> HttpResponseBase:
    """Answer under the root of a grant."""
    caller = caller_of(request)
    if caller is None:
        return unknown()
    return answer(request, get_scope_for(caller.actor, grant_id, caller.gateway), resource)


@public
@csrf_exempt
def by_patient(request: HttpRequest, patient_id: UUID, resource: str = "") -> HttpResponseBase:
    """Answer under the root of a patient in the person's care."""
    caller = caller_of(request)
    if caller is None or caller.gateway is not None:
        return unknown()
    return answer(request, get_patient_scope_for(caller.actor, patient_id), resource)


def caller_of(request: HttpRequest) -> Caller | None:
    """Return the machine or person that asks; None: nobody that we know, or one who has no business here."""
    header = request.headers.get("Authorization", "")
    if header:
        return _machine(request, header)
    actor: Actor | None = getattr(request, "actor", None)
    is_let_in = actor is not None and PEOPLE.admits(actor) and not PEOPLE.wants_second_factor_from(actor)
    if not is_let_in or actor is None or request.method not in SAFE_METHODS:
        return None
    return Caller(actor)


def _machine(request: HttpRequest, header: str) -> Caller | None:
    token = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else ""
    named = organization_of_token(token)
    if named is None:
        return None
    organization_id, digest = named
    set_context(organization_id)
    gateway = gateway_of_digest(digest)
    if gateway is None:
        return None
    now = clock.now()
    if gateway.last_used_at is None or (now - gateway.last_used_at).total_seconds() > USED_EVERY_SECONDS:
        Gateway.objects.filter(pk=gateway.pk).update(last_used_at=now)
    return Caller(actor_of(gateway, request.META.get("REMOTE_ADDR", "")), gateway)


def unknown() -> HttpResponse:
    """Return the answer to somebody who is nobody here."""
    response = refusal(401, "Sign in, or send the token of a gateway: Authorization: Bearer …")
    response["WWW-Authenticate"] = "Bearer"
    return response


def answer(request: HttpRequest, scope: Scope, resource: str) -> HttpResponseBase:
    """Answer a DICOMweb request under a root: searching, retrieving, storing, retracting.

    Raises:
        Http404: it does not exist under this root, or the root was not given with this right.
    """
    try:
        response = _dispatch(request, scope, resource)
    except Refusal as fault:
        response = refusal(fault.status, str(fault))
        if fault.status == 503:
            response["Retry-After"] = "3"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _dispatch(request: HttpRequest, scope: Scope, path: str) -> HttpResponseBase:
    resource = parse(path)
    if request.method not in METHODS:
        raise Refusal(405, "Use GET, POST or DELETE.")
    if request.method == "POST":
        return store.store(request, scope, resource)
    if request.method == "DELETE":
        if resource.act is not Act.OBJECTS or not scope.may(RETRACT):
            raise Http404
        if not retract(scope.actor, instances=retrieve.find(scope, resource)):
            raise Http404
        return HttpResponse(status=204)
    if not scope.may(READ):
        raise Http404
    if resource.act is Act.SEARCH:
        return search.search(request, scope, resource)
    if resource.act in {Act.RENDERED, Act.THUMBNAIL}:
        return rendered.render(request, scope, resource)
    return retrieve.retrieve(request, scope, resource)
