"""What else is known of one reading, as bits of its ``flags``."""

from enum import IntFlag


class Flag(IntFlag):
    """Kept with every reading; several may hold."""

    MANUAL = 1  # typed by a person: counts for care, never for device days
    LOW = 2  # the device said "below what I can measure"; the value is the sentinel
    HIGH = 4
    MOTION = 8  # the device's status: body moved, cuff loose, weak signal …
    POOR_FIT = 16
    WEAK_SIGNAL = 32
    IRREGULAR_PULSE = 64
    CLOCK_CORRECTED = 128
    LATE = 256  # arrived later than its metric allows: summaries only
    FUTURE = 512  # ahead of the server's clock: never "latest"
    NEAR_DUPLICATE = 1024  # the same value from another device at nearly the same time
    CORRECTED = 2048  # superseded by a correction; the first value is in ReadingCorrection
    RETRACTED = 4096  # withdrawn by its source, or another person's
    EXERTION = 8192
    ON_OXYGEN = 16384
    IMPORTED = 32768  # read from a file


NOT_FOR_STATISTICS = Flag.RETRACTED | Flag.NEAR_DUPLICATE | Flag.FUTURE
