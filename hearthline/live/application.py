"""The ASGI application of the live edge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from hearthline.live import changes_stream, uploads, visit_messages, visit_stream
from hearthline.live.doors import admission_of
from hearthline.live.hub import Hub

VISIT = "/live/visits/{visit_id:uuid}"


@asynccontextmanager
async def _life(application: Starlette) -> AsyncIterator[None]:
    hub = Hub()
    application.state.hub = hub
    application.state.streams = 0
    hub.start()
    yield
    await hub.stop()


def make_application() -> Starlette:
    """Return the application: streams down, messages up.

    Raises:
        UndeclaredRouteError: a route does not say whom it admits.
    """
    routes = [
        Route(f"{VISIT}/stream", visit_stream.stream, methods=["GET"]),
        Route(uploads.UPLOADS, uploads.uploads, methods=["POST", "OPTIONS"]),
        Route(
            f"{uploads.UPLOADS}/{{upload_id:uuid}}",
            uploads.upload,
            methods=["HEAD", "PATCH", "DELETE", "POST", "OPTIONS"],
        ),
        Route("/live/changes", changes_stream.stream, methods=["GET"]),
        *[
            Route(f"{VISIT}/{name}", getattr(visit_messages, name), methods=["POST"])
            for name in ("join", "signal", "relay", "share", "leave", "check")
        ],
    ]
    for route in routes:
        admission_of(route.endpoint)
    return Starlette(routes=routes, lifespan=_life)
