"""Serving a session by the Model Context Protocol, over stdio or HTTP on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec

import provolve
from provolve.agent.session import Session
from provolve.agent.telling import Told
from provolve.agent.tools import (
    INSTRUCTIONS,
    TOOLS,
    ElitesCall,
    FinishCall,
    SourceCall,
    StatusCall,
    SubmitCall,
    TaskCall,
    read_call,
)
from provolve.agent.wire import LinesOf, WriterTo, claimed
from provolve.errors import ProvolveError, UsageError

if TYPE_CHECKING:
    import anyio
    from mcp.server import Server
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams

HOST = "127.0.0.1"
PATH = "/mcp"
_TICK = 0.05
_CLOSING = 2


def require_mcp() -> None:
    """Check that the package of the protocol is there.

    Raises:
        UsageError: if it is not installed.
    """
    try:
        import mcp.server.lowlevel  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "provolve mcp needs the package mcp, version 2.3 or newer, which is not installed: "
            "pip install 'provolve[agent]'"
        ) from error


def serve_stdio(session: Session) -> None:
    """Serve ``session`` over standard input and output until the client goes; then stop the run.

    Raises:
        Exception: what the engine met, if it failed.
    """
    with claimed() as (read, write):
        asyncio.run(_stdio(session, read, write))
        session.stop()
        session.result()


def serve_http(session: Session, port: int, tell: Callable[[str], None]) -> None:
    """Serve ``session`` on ``port`` of 127.0.0.1 until it is told to stop; then stop the run.

    Args:
        session: the run to serve.
        port: 1 to 65535; 0 for one that is free.
        tell: is told the address.

    Raises:
        UsageError: if the port is taken.
        Exception: what the engine met, if it failed.
    """
    with _listening(port) as listening:
        tell(f"serving http://{HOST}:{listening.getsockname()[1]}{PATH}; Ctrl-C ends it")
        asyncio.run(_http(session, listening))
    session.stop()
    session.result()


def _listening(port: int) -> socket.socket:
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {port} of {HOST} cannot be served ({error.strerror}): choose another, or 0 for a free one"
        ) from error
    return listening


# Transports -----------------------------------------------------------------------------------------------


async def _stdio(session: Session, read: int, write: int) -> None:
    from mcp.server.stdio import stdio_server

    server = server_of(session)

    async def serve() -> None:
        lines = cast("anyio.AsyncFile[str]", LinesOf(read))
        writer = cast("anyio.AsyncFile[str]", WriterTo(write))
        async with stdio_server(lines, writer) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    await _until_over(session, asyncio.create_task(serve()), lambda task: task.cancel())


async def _http(session: Session, listening: socket.socket) -> None:
    import uvicorn

    class Quiet(uvicorn.Server):
        """One that leaves signals to the command."""

        @contextlib.contextmanager
        def capture_signals(self) -> Any:
            yield

    app = server_of(session).streamable_http_app(streamable_http_path=PATH, host=HOST)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=_CLOSING, ws="none"
    )
    http = Quiet(config)

    def end(_: asyncio.Task[None]) -> None:
        http.should_exit = True

    await _until_over(session, asyncio.create_task(http.serve([listening])), end)


async def _until_over(
    session: Session, serving: asyncio.Task[None], end: Callable[[asyncio.Task[None]], object]
) -> None:
    """Start the run and serve until the client goes, the run is to stop, or it cannot even start."""
    session.start()
    while not serving.done():
        if session.stopping or (session.started.done() and session.started.exception() is not None):
            end(serving)
            break
        await asyncio.wait([serving], timeout=_TICK)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


# Tools ----------------------------------------------------------------------------------------------------


def server_of(session: Session) -> Server[dict[str, Any]]:
    """Return a server of the protocol whose tools ask ``session``."""
    import mcp_types as types
    from mcp.server.lowlevel import Server

    async def list_tools(_context: Any, _asked: PaginatedRequestParams | None) -> ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=name,
                    description=tool.description,
                    input_schema=tool.schema,
                    annotations=types.ToolAnnotations(
                        read_only_hint=tool.reads, destructive_hint=False, open_world_hint=False
                    ),
                )
                for name, tool in TOOLS.items()
            ]
        )

    async def call_tool(_context: Any, asked: CallToolRequestParams) -> CallToolResult:
        try:
            told = await answer(session, asked.name, asked.arguments or {})
        except (ProvolveError, ValueError) as error:
            return types.CallToolResult(content=[types.TextContent(text=str(error))], is_error=True)
        # Through msgspec, by which what is not finite becomes null: JSON has no word for it.
        text = msgspec.json.encode(told).decode()
        return types.CallToolResult(
            content=[types.TextContent(text=text)], structured_content=msgspec.json.decode(text)
        )

    return Server(
        "provolve",
        version=provolve.__version__,
        title="provolve",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def answer(session: Session, name: str, arguments: dict[str, Any]) -> Told:
    """Return what a tool answers.

    Raises:
        ValueError: if there is no such tool, or the arguments are not what it takes.
        ProvolveError: as the tool says no, or as the run failed.
    """
    call = read_call(name, arguments)
    if isinstance(call, StatusCall):
        return session.status()
    # Shielded: a client that no longer waits takes nothing away from the others.
    started = await asyncio.shield(asyncio.wrap_future(session.started))
    match call:
        case TaskCall():
            return {**started, **session.status()}
        case ElitesCall():
            return session.elites(call)
        case SourceCall():
            return session.source(call.digest)
        case SubmitCall():
            event = await asyncio.shield(asyncio.wrap_future(session.submit(call)))
            return session.told(event)
        case FinishCall():
            session.finish()
            return await asyncio.shield(asyncio.wrap_future(session.finished))
