import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from hearthline.config import startup_checks
from hearthline.config.startup_checks import database_problems, refuse, settings_problems
from hearthline.config.state import PROJECT_DIRECTORY
from hearthline.scheduling.sign_offs import SignOff, digest_of, write_sign_off
from tests.database import as_login, owner_connection


@pytest.fixture
def state(tmp_path: Path) -> Path:
    for name in ("keys/organizations", "secrets"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("keys/root.key", "keys/organizations/x.json", "secrets/django", "database.json"):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o400)
    for name in ("keys", "keys/organizations", "secrets"):
        (tmp_path / name).chmod(0o700)
    path = tmp_path / "reviews/red-flags.toml"
    write_sign_off(path, SignOff("en", "Dr. Amara Lindqvist", date(2026, 5, 4), "Guideline", digest_of("en")))
    return tmp_path


def safe(state: Path, **changes: Any) -> SimpleNamespace:
    """Settings of a sound installation, changed."""
    values = {
        "DEBUG": False,
        "IS_DEMO": False,
        "IS_PRODUCTION": True,
        "INSTALLED_APPS": ["hearthline.web"],
        "SECRET_KEY": "kJ8s-Qm2vXy7Lw4Zr1Tn6Bp9Hd3Gf5Cs0Va2Ue8Io4Yt7Rw1Eq6Mz3Nx",
        "TENANCY_SIGNING_KEY": "Zp4Lk9Mj2Nh7Bg5Vf3Cd8Xs1Za6Qw0We4Er9Rt2Ty7Yu5Ui3Io8Op1As6",
        "PUBLIC_URL": "https://care.example.org",
        "ALLOWED_HOSTS": ["care.example.org"],
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "CACHES": {"default": {"BACKEND": "hearthline.identity.counters.SharedCache"}},
        "DATABASES": {"default": {"OPTIONS": {"server_side_binding": True}}},
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "STATE_DIRECTORY": state,
        "HEARTHLINE_KEY_DIRECTORY": state / "keys",
        "RED_FLAG_SIGN_OFFS": state / "reviews/red-flags.toml",
    }
    return SimpleNamespace(**{**values, **changes})


def test_a_sound_installation_starts(state: Path) -> None:
    assert settings_problems(safe(state)) == []
    refuse([])


WEAK = "django-insecure-" + "kJ8s-Qm2vXy7Lw4Zr1Tn6Bp9Hd3Gf5Cs0Va2Ue8Io4Yt7Rw1Eq6"
UNSAFE: list[tuple[int, dict[str, Any], str]] = [
    (1, {"DEBUG": True}, "DEBUG"),
    (2, {"IS_DEMO": True}, "demo"),
    (2, {"INSTALLED_APPS": ["hearthline.demo"]}, "demo"),
    (3, {"SECRET_KEY": WEAK}, "SECRET_KEY"),
    (3, {"SECRET_KEY": "short"}, "SECRET_KEY"),
    (3, {"SECRET_KEY": "a" * 80}, "SECRET_KEY"),
    (3, {"TENANCY_SIGNING_KEY": ""}, "TENANCY_SIGNING_KEY"),
    (4, {"PUBLIC_URL": "http://care.example.org"}, "without TLS"),
    (5, {"MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": True}, "Passkeys"),
    (6, {"MFA_TOTP_INSECURE_BYPASS_CODE": "123456"}, "second factor"),
    (7, {"ALLOWED_HOSTS": ["*"]}, "host"),
    (7, {"ALLOWED_HOSTS": []}, "host"),
    (8, {"SESSION_COOKIE_SECURE": False}, "SESSION_COOKIE_SECURE"),
    (8, {"CSRF_COOKIE_SECURE": False}, "CSRF_COOKIE_SECURE"),
    (9, {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, "not shared"),
    (9, {"CACHES": {}}, "not shared"),
    (10, {"DATABASES": {"default": {"OPTIONS": {}}}}, "server_side_binding"),
    (11, {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}, "hashed"),
]


@pytest.mark.parametrize(("number", "changes", "words"), UNSAFE)
def test_each_unsafe_setting_is_refused_with_what_to_do(
    state: Path, number: int, changes: dict[str, Any], words: str
) -> None:
    problems = settings_problems(safe(state, **changes))
    assert [problem.number for problem in problems] == [number]
    assert problems[0].do
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        refuse(problems)
    assert problems[0].do in str(refused.value)


def test_one_secret_in_two_places_is_refused(state: Path) -> None:
    same = safe(state).SECRET_KEY
    assert [one.number for one in settings_problems(safe(state, TENANCY_SIGNING_KEY=same))] == [3]


def test_red_flag_questions_that_nobody_signed_off_are_refused(state: Path) -> None:
    path = state / "reviews/red-flags.toml"
    changed = SignOff("en", "Dr. Amara Lindqvist", date(2026, 5, 4), "Guideline", "0" * 64)
    write_sign_off(path, changed)  # what was read were other words
    for content in (path.read_text(), "", "[en]\nreviewer = 1", "not TOML"):
        path.write_text(content)
        (problem,) = settings_problems(safe(state))
        assert (problem.number, "sign_off_red_flags --language en" in problem.do) == (13, True)
    path.unlink()
    with pytest.raises(ImproperlyConfigured, match="Nobody has signed off the red-flag questions"):
        refuse(settings_problems(safe(state)))
    assert settings_problems(safe(state, IS_DEMO=True, IS_PRODUCTION=False)) == []


@pytest.mark.parametrize(
    "name", ["keys", "keys/root.key", "keys/organizations/x.json", "secrets/django", "database.json"]
)
@pytest.mark.parametrize("right", [0o040, 0o004, 0o020])
def test_files_that_others_reach_are_refused(state: Path, name: str, right: int) -> None:
    path = state / name
    path.chmod(path.stat().st_mode | right)
    (problem,) = settings_problems(safe(state))
    assert (problem.number, str(path) in problem.do) == (12, True)


def test_a_demo_is_held_to_what_protects_its_machine(state: Path) -> None:
    demo = {"IS_DEMO": True, "IS_PRODUCTION": False, "PUBLIC_URL": "http://localhost:8000"}
    assert settings_problems(safe(state, **demo)) == []
    (state / "keys/root.key").chmod(0o444)
    numbers = [one.number for one in settings_problems(safe(state, **demo, DATABASES={"default": {}}))]
    assert numbers == [10, 12]


def test_the_applications_login_is_safe_and_the_owners_is_not(committed: None) -> None:
    assert database_problems(connection) == []
    for login, numbers in (("owner", [22, 23]), ("backup", [20])):
        with as_login(login):
            assert [one.number for one in database_problems(connection)] == numbers


@pytest.fixture
def unwalled(committed: None) -> Iterator[psycopg.Connection[Any]]:
    connection.close()
    with owner_connection(connection.settings_dict["NAME"]) as owner:
        owner.execute("CREATE TABLE forgotten (id int, organization_id uuid)")
        owner.execute("GRANT TRUNCATE ON forgotten TO hearthline_app")
        yield owner
        connection.close()
        owner.execute("DROP TABLE forgotten")


def test_a_table_without_a_wall_is_refused(unwalled: object) -> None:
    assert [one.number for one in database_problems(connection)] == [23, 24]


def test_the_first_connection_of_a_process_is_checked_once(
    unwalled: psycopg.Connection[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup_checks, "_checked", set())
    settings.REFUSES_UNSAFE_START = True
    with pytest.raises(ImproperlyConfigured, match="row-level security"):
        connection.ensure_connection()
    connection.close()
    unwalled.execute("ALTER TABLE forgotten DROP COLUMN organization_id")
    unwalled.execute("REVOKE ALL ON forgotten FROM hearthline_app")
    connection.ensure_connection()
    assert startup_checks._checked


@pytest.mark.parametrize("module", ["hearthline.config.wsgi", "hearthline.config.asgi_live"])
def test_a_process_in_production_does_not_start_over_http(module: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=PROJECT_DIRECTORY,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "hearthline.config.settings.production",
            "HEARTHLINE_PUBLIC_URL": "http://care.example.org",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode != 0
    assert "does not start, because it would not be safe" in answer.stderr
    assert "PUBLIC_URL is http://care.example.org" in answer.stderr
