"""The API as a server on this machine, in a thread of its own."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import uvicorn
from starlette.applications import Starlette

from .api import Api, build_app
from .shop import Shop
from .troubles import TROUBLES


@contextmanager
def serve_shop(
    shop: Shop,
    day: date,
    port: int,
    rate: float,
    burst: int,
    trouble: str = "",
) -> Iterator[Api]:
    """The API in a thread of its own; it is gone when the context ends.

    Raises OSError when the port is taken, ValueError for a trouble that it does not know.
    """
    if trouble and trouble not in TROUBLES:
        raise ValueError(f"trouble must be one of {', '.join(TROUBLES)}, not {trouble!r}")
    token = secrets.token_urlsafe(24)
    app = build_app(shop, day, token, rate, burst, trouble)
    shop.prepare()
    listener = _loopback_socket(port)
    # uvicorn takes a cut body for a fault of the application, and would tell it at length
    server = _make_server(app, log_level="critical" if trouble == "cut-body" else "error")
    # In a thread of its own uvicorn runs its own event loop and leaves signals alone, so a
    # notebook's loop is not in the way and Ctrl-C stays with whoever started the API.
    thread = threading.Thread(
        target=server.run, args=([listener],), name="marketplace-api", daemon=True
    )
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the marketplace's API did not start")
            time.sleep(0.005)
        yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}", token)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def _make_server(app: Starlette, log_level: str) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=log_level,
        access_log=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
        http="h11",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _loopback_socket(port: int) -> socket.socket:
    # asyncio sends small answers at once only on sockets that name their protocol; without
    # it each waits 40 ms for the other side's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
