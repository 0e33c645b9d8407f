"""A patient's own account at a clinic's page: name, address, password, terms; then the code from the e-mail."""

from typing import Any, cast

from allauth.account import views as allauth
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from hearthline.identity import accounts
from hearthline.identity.forms import RegisterForm
from hearthline.identity.models import User
from hearthline.identity.sessions import ORGANIZATION_KEY
from hearthline.identity.views.entry import UnprocessableMixin
from hearthline.tenancy.models import Organization


class RegisterView(UnprocessableMixin, allauth.SignupView):
    """Make an account, or join with the one there is."""

    template_name = "identity/register.html"
    form_class = RegisterForm

    def get_form_class(self) -> type[RegisterForm]:
        """Use our form."""
        return RegisterForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Offer people who are signed in to join with their account."""
        self.organization: Organization = request.organization  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            return self._join(request)
        return super().dispatch(request, *args, **kwargs)

    def _join(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return render(request, "identity/join.html")
        membership = accounts.join_as_patient(cast("User", request.user), self.organization.id)
        request.session[ORGANIZATION_KEY] = str(membership.organization_id)
        messages.success(request, _("You are now registered at %(name)s.") % {"name": self.organization.name})
        return HttpResponseRedirect("/", status=303)

    def form_valid(self, form: Any) -> HttpResponse:
        """Send the code; the answer is the same whether the address has an account or not."""
        accounts.start_registering(self.request, self.organization.id, form.cleaned_data["email"])
        response: HttpResponse = super().form_valid(form)
        return response
