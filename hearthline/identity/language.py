"""The language of a signed-in person's pages: the one chosen on this browser, else the one of their account."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from hearthline.identity.middleware import GetResponse
from hearthline.identity.models import User


class LanguageMiddleware:
    """Speak the account's language unless the person chose another one here; keep a choice on the account."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the person's language."""
        has_chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        if request.user.is_authenticated and not has_chosen:
            translation.activate(request.user.language)
        response = self.get_response(request)
        chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
        if request.user.is_authenticated and chosen is not None and chosen.value in dict(settings.LANGUAGES):
            User.objects.filter(pk=request.user.pk).update(language=chosen.value)
        return response
