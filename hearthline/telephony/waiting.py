"""Waiting for whichever comes first."""

import asyncio
from typing import Any


async def first_of(*awaited: "asyncio.Future[Any]", seconds: float | None = None) -> None:
    """Wait until one of them is done, at most so long; none is cancelled."""
    await asyncio.wait(list(awaited), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
