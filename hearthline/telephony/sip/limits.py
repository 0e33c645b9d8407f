"""How much the worker takes from outside: calls at once, calls a second, what is remembered."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

CALLS_MOST = 40  # each costs about 1 % of a core (measured in research for a plain bridge)
NEW_CALLS_PER_SECOND = 10.0
NEW_CALLS_AT_ONCE = 20.0
TRANSACTIONS_MOST = 2_000
SOURCES_MOST = 1_000
RETRY_AFTER_SECONDS = "5"

Networks = Sequence[IPv4Network | IPv6Network]


def is_among(host: str, networks: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


@dataclass
class Pace:
    """A bucket of new calls for each source; forgotten when there are too many sources."""

    per_second: float = NEW_CALLS_PER_SECOND
    at_once: float = NEW_CALLS_AT_ONCE
    now: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def allows(self, source: str) -> bool:
        """Whether one more may come now; it is counted then."""
        now = self.now()
        left, since = self._buckets.get(source, (self.at_once, now))
        left = min(self.at_once, left + (now - since) * self.per_second)
        is_allowed = left >= 1
        if len(self._buckets) >= SOURCES_MOST and source not in self._buckets:
            self._buckets.clear()
        self._buckets[source] = (left - 1 if is_allowed else left, now)
        return is_allowed
