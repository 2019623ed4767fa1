"""sse-starlette behind uvicorn, as its documentation shows it: a queue for each stream.

Run as `python -m bench.starlette_server`; prints the port it got. From the group `bench`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

BACKLOG = 4096


class Fan:
    """Passes each publish on to the queue of every open stream."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[dict[str, Any]]] = set()
        self._number = 0

    async def stream(self, _: Request) -> EventSourceResponse:
        return EventSourceResponse(self._events())

    async def publish(self, request: Request) -> JSONResponse:
        self._number += 1
        event = {"data": (await request.body()).decode(), "id": str(self._number)}
        for queue in self._queues:
            queue.put_nowait(event)
        return JSONResponse({"id": self._number})

    async def _events(self) -> AsyncIterator[dict[str, Any]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)


def main() -> None:
    """Serve until terminated."""
    fan = Fan()
    routes = [Route("/stream", fan.stream), Route("/bench", fan.publish, methods=["POST"])]
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        print(door.getsockname()[1], flush=True)
        config = uvicorn.Config(
            Starlette(routes=routes),
            log_level="error",
            access_log=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[door])


if __name__ == "__main__":
    main()
