"""How the threads of one process share the interpreter."""

import sys

# A thread that comes back from the disk, the network or a long digest waits so long for one that computes. Python's own
# 5 ms were most of the time of sealing a file of half a megabyte beside a busy thread: 16 ms, and 7.7 ms with this.
SWITCH_SECONDS = 0.001


def share_promptly() -> None:
    """Let threads that wait for the interpreter have it sooner; for processes whose threads mostly wait for others."""
    sys.setswitchinterval(SWITCH_SECONDS)
