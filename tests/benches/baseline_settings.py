"""The baselines' server: Django as it comes, without our middleware."""

from hearthline.config.settings.test import *  # noqa: F403

ROOT_URLCONF = "tests.benches.baseline"
MIDDLEWARE: list[str] = []
