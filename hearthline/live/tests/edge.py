"""The live edge as browsers ask it: the application in this process, over committed rows."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from django.conf import settings
from django.db import connections
from starlette.applications import Starlette

from hearthline.live import doors
from hearthline.live.application import make_application
from hearthline.visits.tests.stage import Stage
from tests.people import Person

TOKEN = "a" * 32
Scene = Callable[["Edge"], Awaitable[None]]


class Edge:
    """The application, asked as one browser or another."""

    def __init__(self, application: Starlette, client: httpx.AsyncClient, stage: Stage) -> None:
        self.application, self.client, self.stage = application, client, stage

    async def post(
        self,
        person: Person | None,
        name: str,
        body: Any,
        *,
        origin: str = "http://localhost",
        csrf: str = TOKEN,
    ) -> httpx.Response:
        cookies = {settings.CSRF_COOKIE_NAME: TOKEN}
        if person is not None:
            cookies[settings.SESSION_COOKIE_NAME] = person.client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = "; ".join(f"{key}={value}" for key, value in cookies.items())
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"cookie": cookie, "x-csrftoken": csrf, "origin": origin}
        return await self.client.post(
            f"/live/visits/{self.stage.visit.pk}/{name}", content=content, headers=sent
        )

    async def join(self, person: Person) -> dict[str, Any]:
        answer = await self.post(person, "join", {"tab": "one"})
        assert answer.status_code == 200, answer.text
        joined: dict[str, Any] = answer.json()
        return joined


def play_scene(scene: Scene, stage: Stage) -> None:
    """Run a scene against the application, and leave no connection of its threads behind."""

    async def inside() -> None:
        application = make_application()
        async with application.router.lifespan_context(application):
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                await scene(Edge(application, client, stage))
        together = threading.Barrier(doors.THREADS)
        await asyncio.gather(*(doors.in_thread(lambda: _close(together)) for _ in range(doors.THREADS)))

    asyncio.run(inside())


def _close(together: threading.Barrier) -> None:
    together.wait(timeout=30)  # each of the threads comes here once
    connections.close_all()
