"""How large the server's memory and log may be on this machine: the usual shares, within sane limits.

A small machine gets PostgreSQL's own defaults; a large one does not give everything to one of several clusters.
"""

import os
import shutil
from pathlib import Path

MEGABYTE = 1 << 20
GIGABYTE = 1 << 30
CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_bytes() -> int:
    """Return the memory that we may use: the machine's, or less where a container is limited."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in CONTAINER_LIMITS:
        try:
            return min(memory, int(path.read_text()))
        except (OSError, ValueError):  # there is no such limit ("max")
            continue
    return memory


def settings_for(memory: int, free_disk: int) -> dict[str, str]:
    """Return the settings for so many bytes of memory and of free disk.

    The log between two checkpoints is what many small writes need: each page is written whole once after a
    checkpoint, so that checkpoints every few seconds would double the work.
    """
    return {
        "shared_buffers": _within(memory // 8, 128 * MEGABYTE, 4 * GIGABYTE),
        "effective_cache_size": _within(memory // 2, 512 * MEGABYTE, 64 * GIGABYTE),
        "maintenance_work_mem": _within(memory // 32, 64 * MEGABYTE, GIGABYTE),
        "max_wal_size": _within(min(memory // 4, free_disk // 10), GIGABYTE, 8 * GIGABYTE),
        "min_wal_size": "80MB",
        "wal_compression": "lz4",
        "wal_buffers": "16MB",
        "checkpoint_timeout": "15min",
    }


def settings_here(directory: Path) -> dict[str, str]:
    """Return the settings for this machine, with the data below ``directory``."""
    return settings_for(memory_bytes(), shutil.disk_usage(directory).free)


def _within(value: int, least: int, most: int) -> str:
    return f"{min(max(value, least), most) // MEGABYTE}MB"
