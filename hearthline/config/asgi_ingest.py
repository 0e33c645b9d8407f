"""The edge for devices as a process: ``granian --interface asgi hearthline.config.asgi_ingest:application``."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hearthline.config.settings.production")
django.setup()

from hearthline.config.health import with_health  # noqa: E402 - after the set-up of Django
from hearthline.config.startup_checks import gate  # noqa: E402
from hearthline.ingest.application import make_application  # noqa: E402
from hearthline.monitoring.readings.pipeline.store import store_group  # noqa: E402

# What is loaded now stays for ever: the collector need not walk it for every few hundred readings that pass through.
GARBAGE_AFTER = (50_000, 20, 100)

gate()
application = with_health(make_application(store_group))
gc.collect()
gc.freeze()
gc.set_threshold(*GARBAGE_AFTER)
