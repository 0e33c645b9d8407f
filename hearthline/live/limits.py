"""How much one browser may ask of this process: token buckets, forgotten when idle."""

import time
from dataclasses import dataclass, field

SIGNALS_PER_SECOND = 20.0
SIGNALS_BURST = 120.0
JOINS_PER_SECOND = 0.5
JOINS_BURST = 12.0
RELAY_PER_SECOND = 0.5
RELAY_BURST = 12.0
CHECKS_PER_SECOND = 0.02
CHECKS_BURST = 6.0
MARKS_PER_SECOND = 4.0  # faster than anybody draws
MARKS_BURST = 40.0
WISHES_PER_SECOND = 0.2  # for a still: a person has to answer each
WISHES_BURST = 4.0
UPLOADS_PER_SECOND = 2.0
UPLOADS_BURST = 60.0
DENIALS_PER_SECOND = 1 / 60  # of one person at one route for one reason: a flood must not flood the audit
STREAMS_MOST = 2000  # open streams of one process
REMEMBERED_MOST = 10_000


@dataclass
class Bucket:
    """Fills by ``rate`` each second up to ``burst``."""

    rate: float
    burst: float
    left: float
    at: float


@dataclass
class Limiter:
    """Buckets by name, for one kind of request."""

    rate: float
    burst: float
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def allows(self, name: str, cost: float = 1.0) -> bool:
        """Take from the name's bucket; False when it is empty."""
        now = time.monotonic()
        if len(self.buckets) > REMEMBERED_MOST:
            self._forget_full(now)
        bucket = self.buckets.setdefault(name, Bucket(self.rate, self.burst, self.burst, now))
        bucket.left = min(bucket.burst, bucket.left + (now - bucket.at) * bucket.rate)
        bucket.at = now
        if bucket.left < cost:
            return False
        bucket.left -= cost
        return True

    def _forget_full(self, now: float) -> None:
        for name, bucket in list(self.buckets.items()):
            if bucket.left + (now - bucket.at) * bucket.rate >= bucket.burst:
                del self.buckets[name]


signals = Limiter(SIGNALS_PER_SECOND, SIGNALS_BURST)
joins = Limiter(JOINS_PER_SECOND, JOINS_BURST)
relays = Limiter(RELAY_PER_SECOND, RELAY_BURST)
checks = Limiter(CHECKS_PER_SECOND, CHECKS_BURST)
marks = Limiter(MARKS_PER_SECOND, MARKS_BURST)
wishes = Limiter(WISHES_PER_SECOND, WISHES_BURST)
denials = Limiter(DENIALS_PER_SECOND, 1.0)
uploads = Limiter(UPLOADS_PER_SECOND, UPLOADS_BURST)
