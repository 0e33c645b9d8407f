"""Codes of authenticator apps (RFC 6238), each accepted once, whatever the number of processes."""

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import connection
from django.utils.crypto import constant_time_compare

from hearthline.foundation import clock

PERIOD_SECONDS = 30
STEPS_EITHER_SIDE = 1  # a telephone's clock may be half a minute off

SPEND = """
INSERT INTO identity_authenticatoruse AS used (authenticator_id, last_counter) VALUES (%s, %s)
ON CONFLICT (authenticator_id) DO UPDATE SET last_counter = EXCLUDED.last_counter
WHERE used.last_counter < EXCLUDED.last_counter
"""


def counter_now() -> int:
    """Return the number of the present time step."""
    return int(clock.now().timestamp()) // PERIOD_SECONDS


def code_at(secret: str, counter: int) -> str:
    """Return the code of a secret at a time step."""
    return str(format_hotp_value(hotp_value(secret, counter)))


def matching_counter(secret: str, code: str) -> int | None:
    """Return the time step, near now, whose code this is; None when there is none."""
    typed = normalize_user_code(code)
    present = counter_now()
    steps = range(present - STEPS_EITHER_SIDE, present + STEPS_EITHER_SIDE + 1)
    matches = [step for step in steps if constant_time_compare(typed, code_at(secret, step))]
    return max(matches) if matches else None


def spend(authenticator: Authenticator, counter: int) -> bool:
    """Use up a time step of an authenticator; False when it, or a later one, was used before.

    One statement on one row: of any number of requests at once, one succeeds.
    """
    with connection.cursor() as cursor:
        cursor.execute(SPEND, [authenticator.pk, counter])
        return bool(cursor.rowcount)


def accepts(authenticator: Authenticator, code: str) -> bool:
    """Whether the code is right now and was not used before; it is used up by the question."""
    counter = matching_counter(decrypt(authenticator.data["secret"]), code)
    return counter is not None and spend(authenticator, counter)
