"""How long emergency access lasts."""

from datetime import timedelta

BREAK_GLASS_PERIOD = timedelta(minutes=60)
