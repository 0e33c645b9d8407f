"""What goes wrong with keys and sealed values."""


class CryptographyError(Exception):
    """A sealed value cannot be read or written: wrong place, tampered with, or its key is gone.

    The message never carries the value.
    """


class KeysDestroyedError(CryptographyError):
    """The organization's keys were destroyed on purpose, so its sealed values are gone for good."""
