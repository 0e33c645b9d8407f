"""Settings of ``./run demo``: one machine, one port, invented people."""

import os

from hearthline.config.settings.base import *  # noqa: F403
from hearthline.config.state import secret

IS_DEMO = True
IS_DESIGN_PUBLIC = True
INSTALLED_APPS += ["hearthline.demo"]

# Styles and scripts are collected and compressed once at the start; while somebody changes them (./run dev) they
# are read from where they are written.
IS_RELOADING = bool(os.environ.get("HEARTHLINE_RELOAD"))
STATIC_ROOT = STATE_DIRECTORY / "static"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = IS_RELOADING

# The demo's own mailbox takes what is sent: a real SMTP server, and a stand-in for a paid SMS gateway.
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = "127.0.0.1", DEMO_MAIL_PORT, False
SMS_GATEWAY_URL = f"http://127.0.0.1:{DEMO_SMS_PORT}"
SMS_GATEWAY_TOKEN = secret("sms-gateway")
SMS_WEBHOOK_SECRET = secret("sms-webhook")
SMS_SENDER = "+15125550199"

# The telephones of invented people (``run_demo_telephone``) stand where a real installation has its trunk.
SIP_TRUNK = f"127.0.0.1:{DEMO_TELEPHONE_PORT}"
SIP_PORT = int(os.environ.get("HEARTHLINE_SIP_PORT", "18030"))
SIP_CALLER = "+15125550200"

# A fake of the cloud of Withings (``demo.withings``), on a port of its own: another site, as in life.
WITHINGS_CLIENT_ID, WITHINGS_CLIENT_SECRET = "hearthline-demo", secret("withings")
WITHINGS_API_URL = f"http://localhost:{DEMO_WITHINGS_PORT}"
WITHINGS_AUTHORIZE_URL = f"{WITHINGS_API_URL}/oauth2_user/authorize2"

TURN_ALLOWS_LOOPBACK = True
TURN_RELAY = relay_at("127.0.0.1" if TURN_PROGRAM else "")
TURN_RELAY_ADDRESS = own_address()
TURN_RELAY_OF = "hearthline.demo.bad_line.relay_of"

JANUS_LISTEN = JANUS_LISTEN or (own_address() if JANUS_PROGRAM else "")
