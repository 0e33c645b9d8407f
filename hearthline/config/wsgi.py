"""The pages process: gunicorn loads ``application`` from here."""

from django.core.wsgi import get_wsgi_application

from hearthline.config.startup_checks import gate

application = get_wsgi_application()
gate()
