"""The baselines' server: Django as it comes, without our middleware."""

from hearthline.config.settings.test import *  # noqa: F403

ROOT_URLCONF = "tests.benches.baseline"
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # allauth insists
]
