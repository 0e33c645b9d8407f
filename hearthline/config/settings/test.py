"""Settings of the test suite: the real database, the application's login, cheap password hashing."""

from hearthline.config.settings.base import *  # noqa: F403

IS_DESIGN_PUBLIC = True
IS_TEST = True
REFUSES_UNSAFE_START = False
RED_FLAG_SIGN_OFFS = STATE_DIRECTORY / "test" / "red-flags.toml"
HEARTHLINE_KEY_DIRECTORY = STATE_DIRECTORY / "test" / "keys"
HEARTHLINE_BLOB_DIRECTORY = STATE_DIRECTORY / "test" / "blobs"
HEARTHLINE_UPLOAD_DIRECTORY = STATE_DIRECTORY / "test" / "uploads"
HEARTHLINE_OHIF_DIRECTORY = STATE_DIRECTORY / "test" / "ohif"
DEMO_MAILBOX_DIRECTORY = STATE_DIRECTORY / "test" / "outbox"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True
HEARTHLINE_MAIL_BESIDE_REQUEST = False
TURN_ALLOWS_LOOPBACK = True
TURN_RELAY = relay_at("127.0.0.1" if TURN_PROGRAM else "")
TURN_RELAY_ADDRESS = own_address()
