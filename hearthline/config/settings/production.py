"""Settings of a real installation, behind nginx with TLS (see ``deploy/``)."""

import os
from urllib.parse import urlsplit

from hearthline.config.settings.base import *  # noqa: F403
from hearthline.config.settings.base import PUBLIC_URL, STATE_DIRECTORY

IS_PRODUCTION = True
ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname or "", *os.environ.get("HEARTHLINE_HOSTS", "").split()]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
STATIC_ROOT = STATE_DIRECTORY / "static"  # nginx serves it; `collectstatic` fills it at each release
