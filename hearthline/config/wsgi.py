"""The pages process: gunicorn loads ``application`` from here."""

from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from hearthline.config.startup_checks import gate
from hearthline.foundation.threads import share_promptly

share_promptly()
application = get_wsgi_application()
gate()
import_module(settings.ROOT_URLCONF)  # every page's code is loaded before the first person asks for one
