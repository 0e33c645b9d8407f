"""Acts that need a proof of identity from the last few minutes: break-glass, signing, exports, role changes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.policy import HearthlineRequest
from hearthline.identity.rules import is_fresh

View = TypeVar("View", bound=Callable[..., HttpResponse])


class NotFreshError(PermissionDenied):
    """A service was asked for an act that needs a second factor used in the last five minutes."""


def has_fresh_mfa(actor: Actor) -> bool:
    """Whether the actor used a second factor within the last five minutes."""
    return actor.is_mfa and is_fresh(actor.authenticated_at, clock.now())


def ensure_fresh_mfa(actor: Actor) -> None:
    """Refuse an act, in a service, whose actor has not used a second factor within the last five minutes.

    Raises:
        NotFreshError: the actor has not. Views avoid it with ``requires_fresh_mfa``.
    """
    if not has_fresh_mfa(actor):
        raise NotFreshError


def requires_fresh_mfa(view: View) -> View:
    """Ask for the second factor before the page, unless it was used within the last five minutes.

    Goes below the policy decorator. The page itself asks too, so that nobody types a reason and is stopped at
    sending it; what a late sender typed is not kept (it may be clinical), so such pages save drafts of long text.
    """

    @wraps(view)
    def asked(request: HearthlineRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if has_fresh_mfa(request.actor):
            return view(request, *args, **kwargs)
        return ask_again(request)

    return asked  # type: ignore[return-value]


def ask_again(request: HttpRequest) -> HttpResponse:
    """Send the person to prove who they are, and back to this page."""
    if request.method == "POST":
        messages.warning(
            request, _("Five minutes have passed. Confirm that it is you, then send the form again.")
        )
    actor = getattr(request, "actor", None)
    where = "identity:second_factor" if actor is None or not actor.is_mfa else "identity:confirm"
    return HttpResponseRedirect(
        f"{reverse(where)}?{urlencode({'next': request.get_full_path()})}", status=303
    )
