"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class FrugalArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's minimum).

    Django's 100 MiB and eight lanes are 20 GiB for two hundred people who sign in at eight in the morning.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
