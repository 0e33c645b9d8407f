"""Settings of ``./run demo``: one machine, one port, invented people."""

from hearthline.config.settings.base import *  # noqa: F403

IS_DEMO = True
INSTALLED_APPS += ["hearthline.demo"]
