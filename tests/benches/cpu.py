"""Processor time of whole process trees: on a machine that others use too, the figure to trust."""

import os
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
AFTER_NAME, PARENT, USER, SYSTEM = 2, 1, 11, 12  # fields of /proc/PID/stat after the name


def _processes() -> dict[int, tuple[int, int]]:
    """Return the parent and the ticks of every process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found[int(path.parent.name)] = (int(fields[PARENT]), int(fields[USER]) + int(fields[SYSTEM]))
    return found


def seconds_of(roots: Iterable[int]) -> float:
    """Return the processor seconds of these processes and all below them that still run."""
    processes = _processes()
    wanted = set(roots)
    while True:
        more = {pid for pid, (parent, _) in processes.items() if parent in wanted} | wanted
        if more == wanted:
            return sum(processes[pid][1] for pid in wanted if pid in processes) / TICKS
        wanted = more


def parent_of(pid: int) -> int:
    """Return the parent of a process."""
    return _processes()[pid][0]
