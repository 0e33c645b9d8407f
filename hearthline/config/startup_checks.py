"""Refuse to start in a configuration that would not protect patients, and say what to do.

Three doors lead here: Django's system checks (every management command), ``gate`` (the pages and live processes, at
start) and the first database connection of any process. Test settings alone leave them open, one by one.
"""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from hearthline.scheduling.sign_offs import signed_languages

MIN_SECRET_LENGTH = 50
MIN_SECRET_LETTERS = 10
OTHERS = stat.S_IRWXG | stat.S_IRWXO
GUESSED_SECRETS = ("insecure", "changeme", "change-me", "secret", "default", "example")
PER_PROCESS_CACHES = ("locmem", "dummy", "filebased")
SLOW_HASHERS = ("argon2", "scrypt", "bcrypt")
SERVING_LOGINS = frozenset({"app", "ops", "ingest", "sealer"})
LOGIN_FACTS = """
SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole,
  EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND pg_has_role(r.oid, c.relowner, 'MEMBER')),
  EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND has_table_privilege(r.oid, c.oid, 'TRUNCATE')),
  (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
   WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity))
FROM pg_roles r WHERE r.rolname = current_user
"""


@dataclass(frozen=True)
class Problem:
    """Something unsafe: what it is, and what to do about it."""

    number: int
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what} {self.do}"


Check = Callable[[Any], Iterator[Problem]]


def _debug(values: Any) -> Iterator[Problem]:
    if values.DEBUG:
        yield Problem(1, "DEBUG is on: error pages show what people typed.", "Set DEBUG = False.")


def _demo(values: Any) -> Iterator[Problem]:
    if values.IS_DEMO or "hearthline.demo" in values.INSTALLED_APPS:
        yield Problem(
            2, "The demo is loaded, with passwords everybody knows.", "Use the production settings."
        )


def _secrets(values: Any) -> Iterator[Problem]:
    for name in ("SECRET_KEY", "TENANCY_SIGNING_KEY"):
        value = str(getattr(values, name, ""))
        is_weak = len(value) < MIN_SECRET_LENGTH or len(set(value)) < MIN_SECRET_LETTERS
        if is_weak or any(guess in value.lower() for guess in GUESSED_SECRETS):
            do = "Remove it from the settings: one is made in <state>/secrets at the first start."
            yield Problem(3, f"{name} is short or a well-known one.", do)
    if values.SECRET_KEY == values.TENANCY_SIGNING_KEY:
        do = "Remove both from the settings: they are made in <state>/secrets."
        yield Problem(3, "SECRET_KEY and TENANCY_SIGNING_KEY are the same.", do)


def _origin(values: Any) -> Iterator[Problem]:
    if urlsplit(values.PUBLIC_URL).scheme != "https":
        do = "Set HEARTHLINE_PUBLIC_URL to the address that people use, for example https://care.example.org."
        yield Problem(4, f"PUBLIC_URL is {values.PUBLIC_URL}, without TLS.", do)
    if getattr(values, "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", False):
        do = "Remove MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN."
        yield Problem(5, "Passkeys are accepted from any origin, so a copied page could use them.", do)
    if getattr(values, "MFA_TOTP_INSECURE_BYPASS_CODE", None):
        yield Problem(
            6,
            "A code that passes as everybody's second factor is set.",
            "Remove MFA_TOTP_INSECURE_BYPASS_CODE.",
        )
    if not values.ALLOWED_HOSTS or "*" in values.ALLOWED_HOSTS:
        yield Problem(7, "Requests for any host name are answered.", "Name the hosts in HEARTHLINE_HOSTS.")


def _cookies(values: Any) -> Iterator[Problem]:
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        if not getattr(values, name):
            yield Problem(8, f"{name} is off: sessions would travel in the clear.", f"Set {name} = True.")


def _cache(values: Any) -> Iterator[Problem]:
    backend = str(values.CACHES.get("default", {}).get("BACKEND", ""))
    if any(kind in backend for kind in PER_PROCESS_CACHES) or not backend:
        what = (
            f"The cache {backend or '(none)'} is not shared, so a one-time code works once in each process."
        )
        yield Problem(9, what, "Use the database cache of the base settings.")


def _binding(values: Any) -> Iterator[Problem]:
    if not values.DATABASES["default"].get("OPTIONS", {}).get("server_side_binding"):
        what = "server_side_binding is off, so clinical text would reach PostgreSQL's log."
        yield Problem(10, what, 'Set OPTIONS["server_side_binding"] = True.')


def _hashers(values: Any) -> Iterator[Problem]:
    first = (values.PASSWORD_HASHERS or [""])[0]
    if not any(kind in first.lower() for kind in SLOW_HASHERS):
        yield Problem(
            11,
            f"Passwords are hashed by {first}, which is quick to guess.",
            "Use Argon2 as in the base settings.",
        )


def _files(values: Any) -> Iterator[Problem]:
    state, keys = Path(values.STATE_DIRECTORY), Path(values.HEARTHLINE_KEY_DIRECTORY)
    private = [keys, state / "secrets", state / "database.json"]
    private += [path for directory in private[:2] if directory.is_dir() for path in directory.rglob("*")]
    for path in private:
        if path.name.startswith(".") or not path.exists():
            continue
        mode = path.stat().st_mode
        if mode & OTHERS:
            right = "700" if stat.S_ISDIR(mode) else "400"
            yield Problem(12, f"Other users of this machine can reach {path}.", f"chmod {right} {path}")


def _red_flags(values: Any) -> Iterator[Problem]:
    do = (
        "Have a clinician read them, then note it: python -m hearthline sign_off_red_flags --language en "
        "--reviewer NAME --source SOURCE"
    )
    try:
        signed = signed_languages(Path(values.RED_FLAG_SIGN_OFFS))
    except ValueError as error:
        yield Problem(13, f"{error}.", do)
        return
    if not signed:
        what = "Nobody has signed off the red-flag questions that every booking begins with."
        yield Problem(13, what, do)


ALWAYS: tuple[Check, ...] = (_cache, _binding, _files)
IN_PRODUCTION: tuple[Check, ...] = (_debug, _demo, _secrets, _origin, _cookies, _hashers, _red_flags)


def settings_problems(values: Any = settings) -> list[Problem]:
    """Return what is unsafe in the settings; a demo is held to less, being on one machine with invented people."""
    checks = ALWAYS if values.IS_DEMO and not values.IS_PRODUCTION else ALWAYS + IN_PRODUCTION
    return [problem for check in checks for problem in check(values)]


def database_problems(opened: BaseDatabaseWrapper) -> list[Problem]:
    """Return what is unsafe about the login that serves people."""
    with opened.cursor() as cursor:
        cursor.execute(LOGIN_FACTS)
        is_super, bypasses, creates_roles, owns, truncates, unwalled = cursor.fetchone()
    user = opened.settings_dict["USER"]
    do = "Let ./run set the logins up again, or give database.json the login made for this process."
    told = (
        (
            is_super or bypasses,
            20,
            f"The database login {user} sees every organization, whatever its context.",
        ),
        (creates_roles, 21, f"The database login {user} can make logins."),
        (owns, 22, f"The database login {user} owns tables, so it could take their walls away."),
        (truncates, 23, f"The database login {user} can empty tables, which no wall stops."),
        (unwalled, 24, f"{unwalled} tables with an organization have no forced row-level security."),
    )
    return [Problem(number, what, do) for is_so, number, what in told if is_so]


def gate() -> None:
    """Refuse to go on when something is unsafe. The database is asked too, unless it is away at this moment.

    Raises:
        ImproperlyConfigured: with every problem and what to do.
    """
    if not settings.REFUSES_UNSAFE_START:
        return
    refuse(settings_problems())
    try:
        connection.ensure_connection()  # whose first opening is checked below
    except OperationalError:
        return
    finally:
        connection.close()


def refuse(problems: list[Problem]) -> None:
    """Raise, naming every problem, if there is one.

    Raises:
        ImproperlyConfigured: there is.
    """
    if problems:
        lines = "\n".join(f"- {problem}" for problem in problems)
        message = f"Hearthline does not start, because it would not be safe:\n{lines}"
        raise ImproperlyConfigured(message)


_checked: set[str] = set()


def check_first_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Check the login when a process opens its first connection with it (a receiver of ``connection_created``)."""
    user = str(connection.settings_dict["USER"])
    if user in _checked or settings.DATABASE_LOGIN not in SERVING_LOGINS or not settings.REFUSES_UNSAFE_START:
        return
    refuse(database_problems(connection))
    _checked.add(user)


def system_check(**_: Any) -> list[CheckMessage]:
    """Report unsafe settings to Django, so that every management command refuses them."""
    if not settings.REFUSES_UNSAFE_START or settings.DATABASE_LOGIN not in SERVING_LOGINS:
        return []
    return [Error(one.what, hint=one.do, id=f"hearthline.E{one.number:03}") for one in settings_problems()]
