"""Why a file is not taken, or not by the fast way."""


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The file is not taken; ``code`` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Declined(Exception):  # noqa: N818 - an answer, not a fault
    """The fast reader leaves this file to pydicom."""
