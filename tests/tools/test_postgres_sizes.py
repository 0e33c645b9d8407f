"""The server's sizes follow the machine's, within limits."""

import pytest

from tools.postgres.sizes import GIGABYTE, MEGABYTE, memory_bytes, settings_for


@pytest.mark.parametrize(
    ("memory", "disk", "buffers", "log"),
    [
        (512 * MEGABYTE, 5 * GIGABYTE, "128MB", "1024MB"),
        (8 * GIGABYTE, 100 * GIGABYTE, "1024MB", "2048MB"),
        (24 * GIGABYTE, 100 * GIGABYTE, "3072MB", "6144MB"),
        (24 * GIGABYTE, 20 * GIGABYTE, "3072MB", "2048MB"),
        (512 * GIGABYTE, 9000 * GIGABYTE, "4096MB", "8192MB"),
    ],
)
def test_sizes_follow_memory_and_disk(memory: int, disk: int, buffers: str, log: str) -> None:
    found = settings_for(memory, disk)
    assert (found["shared_buffers"], found["max_wal_size"]) == (buffers, log)


def test_memory_is_what_the_machine_has() -> None:
    assert memory_bytes() > 64 * MEGABYTE
