"""The application on a real port of this machine, in threads of the test's process, over the test's database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test.testcases import QuietWSGIRequestHandler

HOST = "127.0.0.1"


class _Server(ThreadedWSGIServer):
    def process_request_thread(self, *arguments: Any) -> None:
        """Answer one connection and leave no database connection behind."""
        try:
            super().process_request_thread(*arguments)
        finally:
            connections.close_all()


@contextmanager
def served() -> Iterator[str]:
    """Serve the pages, and return their origin. What they are to see has to be committed."""
    server = _Server((HOST, 0), QuietWSGIRequestHandler)
    server.set_app(get_wsgi_application())
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
