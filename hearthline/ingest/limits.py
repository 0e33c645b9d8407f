"""How much the edge takes at once, from whom, and how long it waits. Each number with its reason."""

BODY_BYTES = (
    5_000_000  # what a telephone may send at once, unpacked; a year of a sensor goes in several bodies
)
ITEMS = 5_000
IDENTIFIER_CHARACTERS = 64
SECRET_CHARACTERS = 512

GROUP_ROWS = 20_000  # a transaction stays below about 200 ms
LINGER_SECONDS = 0.010  # what a lonely request waits for company; a commit to disk costs about the same
QUEUE_ROWS = 100_000  # about a second of work: behind it, "later" is the honest answer
QUEUE_SUBMISSIONS = 4_000
RETRY_SECONDS = 2
RECONNECT_ATTEMPTS = 3
RECONNECT_PAUSE_SECONDS = 0.5
FIGURES_SECONDS = (
    10.0  # how often a worker says what it did; silent six times that long, it is taken for dead
)

CREDENTIAL_SECONDS = 5.0  # a revoked credential is refused after this at the latest
SIGNATURE_SECONDS = 300  # how far a signing device's clock may be from ours
CREDENTIALS_KEPT = 50_000
LOOKED_UP_AT_ONCE = 500
DEVICE_KNOWN_SECONDS = 30.0
USED_EVERY = "1 minute"  # how often last_used_at is written

# In each worker, for one minute. A meter that sends its whole memory has about 2,000 values, a sensor sends one in
# five minutes; uploaders gone wild were seen with 27,000 duplicates in five minutes (research/rpm.md 6.3).
MINUTE_SECONDS = 60
DEVICE_READINGS_A_MINUTE = 10_000
GATEWAY_READINGS_A_MINUTE = 300_000
REQUESTS_A_MINUTE = 6_000

NOTIFICATION_BYTES = 4_096  # a vendor's call: a form of a few short fields
NOTIFICATIONS_WAITING = 500  # of one account; a vendor repeats what it said, an attacker invents

ENTRIES_ANSWERED = 1_000  # an uploader asks for its last entries, to leave out what is there
ENTRIES_DAYS = 14
