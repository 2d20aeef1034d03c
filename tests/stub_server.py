"""A real HTTP server that speaks the protocol of OpenAI's models, and misbehaves on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StubServer:
    """Serves ``/v1/models`` and ``/v1/chat/completions``.

    ``answer(prompt, number)`` gives the reply to a call: text, or one of the misdeeds by name in a tuple:
    ``("status", 429)``, ``("silence",)`` (the connection is closed), ``("half", text)``, ``("not json",)``,
    ``("bad event",)``, ``("no usage", text)``, ``("cut", text)``; ``("schema", given, plain)`` are two
    replies, to requests with a schema and to others.
    """

    def __init__(self, answer: Callable[[str, int], Any], models: tuple[str, ...] = ("stub",)) -> None:
        self.calls = 0
        self.keys: set[str] = set()
        self.prompts: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                stub.keys.add(self.headers.get("Authorization", ""))
                self._json(
                    200, {"object": "list", "data": [{"id": name, "object": "model"} for name in models]}
                )

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = "\n\n".join(message["content"] for message in body["messages"])
                with lock:
                    stub.calls += 1
                    number = stub.calls
                    stub.keys.add(self.headers.get("Authorization", ""))
                    stub.prompts.append(prompt)
                    stub.bodies.append(body)
                self._reply(answer(prompt, number), body)

            def _reply(self, reply: Any, body: dict[str, Any]) -> None:
                match reply:
                    case str():
                        self._stream(reply, body)
                    case ("status", status):
                        echo = {
                            "error": {"message": f"no, {self.headers.get('Authorization')}", "code": status}
                        }
                        self._json(status, echo)
                    case ("silence",):
                        self.close_connection = True
                    case ("half", text):
                        self._stream(text, body, finish=None)
                    case ("not json",):
                        self._raw(200, b"<html>busy</html>", "text/html")
                    case ("bad event",):
                        self._raw(200, b'data: {"choices": [}\n\n', "text/event-stream")
                    case ("schema", given, plain):
                        self._reply(given if "response_format" in body else plain, body)
                    case ("no usage", text):
                        self._stream(text, body, usage=False)
                    case ("cut", text):
                        self._stream(text, body, finish="length")

            def _json(self, status: int, tree: object) -> None:
                self._raw(status, json.dumps(tree).encode(), "application/json")

            def _raw(self, status: int, data: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _stream(
                self, text: str, body: dict[str, Any], finish: str | None = "stop", usage: bool = True
            ) -> None:
                chunks = [{"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}]
                if finish is not None:
                    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
                    if usage:
                        words = sum(len(one["content"].split()) for one in body["messages"])
                        used = {"prompt_tokens": words, "completion_tokens": len(text.split())}
                        chunks.append({"choices": [], "usage": used})  # type: ignore[list-item]
                common = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
                lines = [f"data: {json.dumps({**common, **chunk})}\n\n" for chunk in chunks]
                data = "".join(lines) + ("data: [DONE]\n\n" if finish is not None else "")
                self._raw(200, data.encode(), "text/event-stream")

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: object, address: object) -> None:
                """A client that hangs up is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> StubServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
