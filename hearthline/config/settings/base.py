"""Settings shared by every way of running; ``demo``, ``test`` and ``production`` add what differs."""

import os

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from hearthline.config.settings.identity import *  # noqa: F403
from hearthline.config.settings.laboratories import *  # noqa: F403
from hearthline.config.settings.media import *  # noqa: F403
from hearthline.config.settings.telephone import *  # noqa: F403
from hearthline.config.state import database_settings, secret, state_directory

django_stubs_ext.monkeypatch()  # lets classes such as ModelForm name their model at run time

DATABASE_LOGIN = os.environ.get("HEARTHLINE_DATABASE_LOGIN", "app")
STATE_DIRECTORY = state_directory()
HEARTHLINE_KEY_DIRECTORY = STATE_DIRECTORY / "keys"
HEARTHLINE_BLOB_DIRECTORY = STATE_DIRECTORY / "blobs"
HEARTHLINE_UPLOAD_DIRECTORY = STATE_DIRECTORY / "uploads"
HEARTHLINE_OHIF_DIRECTORY = STATE_DIRECTORY / "ohif"  # filled by ``install_ohif``, or not there
IS_DEMO = False
IS_PRODUCTION = False
REFUSES_UNSAFE_START = True  # see config.startup_checks
IS_DESIGN_PUBLIC = False
IS_TEST = False
DEBUG = False
SECRET_KEY = secret("django")
TENANCY_SIGNING_KEY = secret("tenancy")
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
PUBLIC_URL = os.environ.get("HEARTHLINE_PUBLIC_URL", "http://localhost:8000")
DATABASES = {"default": database_settings(DATABASE_LOGIN)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

INSTALLED_APPS = [
    "hearthline.foundation",
    "hearthline.design",
    "hearthline.tenancy",
    "hearthline.audit",
    "hearthline.identity",
    "hearthline.compliance",
    "hearthline.directory",
    "hearthline.messaging",
    "hearthline.charting",
    "hearthline.charting.results",
    "hearthline.scheduling",
    "hearthline.fleet",
    "hearthline.imaging",
    "hearthline.imaging.intake",
    "hearthline.imaging.dicom",
    "hearthline.visits",
    "hearthline.consults",
    "hearthline.monitoring",
    "hearthline.monitoring.readings",
    "hearthline.monitoring.episodes",
    "hearthline.monitoring.plots",
    "hearthline.monitoring.alerts",
    "hearthline.monitoring.protocols",
    "hearthline.monitoring.triage",
    "hearthline.monitoring.home",
    "hearthline.monitoring.vendors",
    "hearthline.programs",
    "hearthline.billing",
    "hearthline.fhir",
    "hearthline.hl7",
    "hearthline.telephony",
    "hearthline.web",
    "hearthline.config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "hearthline.config.health.ObservationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hearthline.identity.middleware.TransactionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hearthline.identity.middleware.ActorMiddleware",
    "hearthline.identity.language.LanguageMiddleware",
]

ROOT_URLCONF = "hearthline.config.urls"
WSGI_APPLICATION = "hearthline.config.wsgi.application"
FORM_RENDERER = "hearthline.design.forms.DesignRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "hearthline.identity.context.stay",
                "hearthline.web.context.shell",
            ],
        },
    },
]

CSRF_FAILURE_VIEW = "hearthline.web.errors.forged"
CACHES = {
    # Used codes and rate limits are counted here: it has to be one store for all processes.
    "default": {
        "BACKEND": "hearthline.identity.counters.SharedCache",
        "LOCATION": "identity_cache",
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("ar", _("Arabic"))]
RED_FLAG_SIGN_OFFS = STATE_DIRECTORY / "reviews" / "red-flags.toml"  # written by ``sign_off_red_flags``
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.InMemoryStorage"
    },  # files of people go to foundation.blobs
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers then send "Origin: null" with every form, which the forgery check must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:", "mediastream:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# Messages leave by these (``messaging.transports``); sign-in codes go by the same mail server.
EMAIL_HOST = os.environ.get("HEARTHLINE_MAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("HEARTHLINE_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("HEARTHLINE_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("HEARTHLINE_MAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("HEARTHLINE_MAIL_ENCRYPTION", "starttls") == "starttls"
EMAIL_USE_SSL = os.environ.get("HEARTHLINE_MAIL_ENCRYPTION", "starttls") == "tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("HEARTHLINE_MAIL_SENDER", "no-reply@localhost.localdomain")
SMS_GATEWAY_URL = os.environ.get("HEARTHLINE_SMS_URL", "")
SMS_GATEWAY_TOKEN = os.environ.get("HEARTHLINE_SMS_TOKEN", "")
SMS_SENDER = os.environ.get("HEARTHLINE_SMS_SENDER", "")
SMS_WEBHOOK_SECRET = os.environ.get("HEARTHLINE_SMS_WEBHOOK_SECRET", "")
SMS_TIMEOUT_SECONDS = 15
# Accounts at makers of devices (``monitoring.vendors``); without a client id the page is not offered.
WITHINGS_CLIENT_ID = os.environ.get("HEARTHLINE_WITHINGS_CLIENT_ID", "")
WITHINGS_CLIENT_SECRET = os.environ.get("HEARTHLINE_WITHINGS_CLIENT_SECRET", "")
WITHINGS_API_URL = os.environ.get("HEARTHLINE_WITHINGS_API_URL", "https://wbsapi.withings.net")
WITHINGS_AUTHORIZE_URL = os.environ.get(
    "HEARTHLINE_WITHINGS_AUTHORIZE_URL", "https://account.withings.com/oauth2_user/authorize2"
)
# Where the demo's own mailbox listens and keeps what it takes; nothing looks at these in production.
DEMO_MAILBOX_DIRECTORY = STATE_DIRECTORY / "outbox"
DEMO_MAIL_PORT = int(os.environ.get("HEARTHLINE_DEMO_MAIL_PORT", "18025"))
DEMO_SMS_PORT = int(os.environ.get("HEARTHLINE_DEMO_SMS_PORT", "18026"))
DEMO_TELEPHONE_PORT = int(os.environ.get("HEARTHLINE_DEMO_TELEPHONE_PORT", "18031"))
DEMO_LINE_PORT = int(os.environ.get("HEARTHLINE_DEMO_LINE_PORT", "18034"))
DEMO_WITHINGS_PORT = int(os.environ.get("HEARTHLINE_DEMO_WITHINGS_PORT", "18028"))

# The virus scanner of received files: the path of clamd's socket, or host:port; empty for none. With "everything", a
# file waits until it was scanned; without, it is taken unscanned while the scanner is away.
HEARTHLINE_CLAMD = os.environ.get("HEARTHLINE_CLAMD", "")
HEARTHLINE_SCANS_EVERYTHING = os.environ.get("HEARTHLINE_SCANS", "everything") == "everything"

# The DICOM listener, off while it has no port. Without a certificate it is for loopback or a private network only.
DICOM_HOST = os.environ.get("HEARTHLINE_DICOM_HOST", "127.0.0.1")
DICOM_PORT = int(os.environ.get("HEARTHLINE_DICOM_PORT", "0"))
DICOM_CERTIFICATE = os.environ.get("HEARTHLINE_DICOM_CERTIFICATE", "")
DICOM_CERTIFICATE_KEY = os.environ.get("HEARTHLINE_DICOM_CERTIFICATE_KEY", "")
DICOM_CLIENT_AUTHORITY = os.environ.get("HEARTHLINE_DICOM_CLIENT_AUTHORITY", "")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django's own lines carry paths and, in errors, form values; identifiers are logged by our code instead.
    "loggers": {
        "django.request": {"level": "CRITICAL"},
        "django.db.backends": {"level": "CRITICAL"},
        "procrastinate": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # its lines carry addresses with keys in them
    },
}
