"""The worker's life: take jobs from the queue until told to stop, and give back those of a worker that died."""

import asyncio
import contextlib
import logging

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException

CONCURRENCY = 4
HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0  # four heartbeats missed: that worker is dead, its jobs begin again
POLLING_SECONDS = 5.0  # a job normally comes by notification; this is for a lost one
GRACE_SECONDS = 8.0
logger = logging.getLogger(__name__)


async def work(app: App, *, until_empty: bool = False) -> None:
    """Run jobs; with ``until_empty``, stop when nothing is due."""
    async with app.open_async():
        await give_back_stalled_jobs(app)
        rescue = asyncio.create_task(_keep_giving_back(app))
        try:
            await app.run_worker_async(
                wait=not until_empty,
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=POLLING_SECONDS,
                shutdown_graceful_timeout=GRACE_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                delete_jobs="successful",
            )
        finally:
            rescue.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await rescue


async def give_back_stalled_jobs(app: App) -> int:
    """Queue the unfinished jobs of dead workers again (every job may run twice: it is idempotent)."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
    for job in stalled:
        await app.job_manager.retry_job(job)
        logger.warning("job of a dead worker given back", extra={"job_id": job.id, "task": job.task_name})
    return len(stalled)


async def _keep_giving_back(app: App) -> None:
    while True:
        await asyncio.sleep(STALLED_SECONDS)
        try:
            await give_back_stalled_jobs(app)
        except (psycopg.Error, ConnectorException):
            logger.warning("stalled jobs could not be looked up; trying again")
