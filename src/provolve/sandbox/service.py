"""The loop inside a child: takes requests from its judge, runs the harness, sends answers."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Container, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from . import checks, frames, hints, printed, proof, tracing, watching, wire

_PIECE = 2**16
_LONGEST_DETAIL = 2000
_decode = msgspec.msgpack.Decoder().decode
_Reply = tuple[int, bytes]


class Service:
    """One child's side of the conversation; ``functions`` are the globals of the harness.

    ``liftable``: the kinds of holes that could be opened for it and are not.
    """

    def __init__(
        self,
        descriptor: int,
        functions: Mapping[str, Any],
        max_message: int,
        liftable: Container[str] = (),
    ) -> None:
        self._liftable = liftable
        self._descriptor = descriptor
        self._functions = functions
        self._max_message = max_message
        self._inputs: list[bytes] = []
        self._codes: dict[int, types.CodeType | str] = {}
        self._sources: dict[int, str] = {}
        self._source = ""
        self._printed = printed.Printed()
        self._program: types.ModuleType | None = None
        self._failure = "no program was loaded"
        self._handlers: dict[int, Callable[..., _Reply]] = {
            frames.PUT: self._put,
            frames.CALL: partial(self._with_program, self._call),
            frames.PROVE: self._prove,
            frames.TRACE: partial(self._with_program, self._trace),
            frames.CHECK: partial(self._with_program, self._check),
            frames.WATCH: partial(self._with_program, self._watch),
            frames.PRINTED: self._tell_printed,
        }

    def run(self) -> None:
        """Say that the child is ready, then answer requests until the judge closes the pipe."""
        self._send(0, frames.READY, b"")
        while True:
            nonce, request = self._receive()
            operation, *arguments = _decode(request)
            try:
                status, payload = self._handlers[operation](*arguments)
            except MemoryError:
                status, payload = frames.OUT_OF_MEMORY, b"MemoryError"
            if len(payload) > self._max_message:
                text = f"the answer has {len(payload)} bytes, the limit is {self._max_message}"
                status, payload = frames.TOO_LARGE, text.encode()
            try:
                self._send(nonce, status, payload)
            except MemoryError:
                os._exit(frames.EXIT_MEMORY)

    def _receive(self) -> tuple[int, Any]:
        head = os.read(self._descriptor, _PIECE)
        while len(head) < frames.REQUEST.size:
            more = os.read(self._descriptor, _PIECE)
            if not more:
                os._exit(0)
            head += more
        nonce, length = frames.REQUEST.unpack_from(head)
        start = frames.REQUEST.size
        if len(head) == start + length:
            return nonce, memoryview(head)[start:]
        payload = memoryview(bytearray(length))
        filled = len(head) - start
        payload[:filled] = head[start:]
        while filled < length:
            count = os.readv(self._descriptor, [payload[filled:]])
            if not count:
                os._exit(0)
            filled += count
        return nonce, payload

    def _send(self, nonce: int, status: int, payload: bytes) -> None:
        head = frames.REPLY.pack(nonce, len(payload), status)
        sent = os.writev(self._descriptor, [head, payload])
        if sent < len(head) + len(payload):
            rest = memoryview(head + payload)[sent:]
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def _put(self, values: list[bytes]) -> _Reply:
        self._inputs = values
        return frames.ANSWERED, wire.encode(None)

    def _prove(self, arguments: dict[str, Any]) -> _Reply:
        return frames.ANSWERED, wire.encode(proof.attempt(**arguments))

    def _with_program(
        self,
        carry_out: Callable[..., _Reply],
        number: int,
        source: str | None,
        literals: list[int | float] | None,
        *arguments: Any,
    ) -> _Reply:
        """Load the program that a request brings, if it brings one, and carry the request out with it."""
        if number >= 0:
            self._load(number, source, literals or [])
        if self._program is None:
            return frames.LOAD_FAILED, self._failure.encode(errors="replace")
        return carry_out(self._program, *arguments)

    def _call(
        self,
        program: types.ModuleType,
        function: str,
        index: int | None,
        value: bytes | None,
        run: Callable[..., Any] | None = None,
    ) -> _Reply:
        """Answer with what a function of the harness returns; ``run`` calls it, where it is to be watched."""
        argument = self._argument(index, value)
        try:
            called = self._functions[function]
            answer = called(program, argument) if run is None else run(called, program, argument)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - untrusted: even SystemExit is an outcome
            return frames.RAISED, self._told(error).encode(errors="replace")
        return self._answer(answer)

    def _argument(self, index: int | None, value: bytes | None) -> Any:
        data = value if index is None else self._inputs[index]
        return None if data is None else wire.decode(data, max_body=len(data))

    def _trace(
        self,
        program: types.ModuleType,
        function: str,
        index: int | None,
        value: bytes | None,
        file: tuple[str, str] | None,
    ) -> _Reply:
        """Answer as `_call` does, with the values on the way; an error is told beside them."""
        argument = self._argument(index, value)
        name, text = (str(Path.cwd() / file[0]), file[1]) if file else (frames.PROGRAM, self._source)
        tracer = tracing.Tracer(text, name)
        answer, failed = None, ""
        try:
            answer = tracer.run(self._functions[function], program, argument)
        except MemoryError:
            raise
        except tracing.Enough:
            failed = "it was broken off"
        except BaseException as error:  # noqa: BLE001 - untrusted: even SystemExit is an outcome
            failed = self._told(error)
        told = {"trace": tracer.text(), "failed": failed, "answer": answer}
        status, payload = self._answer(told)
        if status == frames.ANSWERED:
            return status, payload
        failed = f"its answer: {payload.decode(errors='replace')}"
        return self._answer({**told, "failed": failed, "answer": None})

    def _check(self, program: types.ModuleType, statements: list[str]) -> _Reply:
        return self._answer(checks.failures(program, statements, explain))

    def _watch(
        self,
        program: types.ModuleType,
        function: str,
        index: int | None,
        value: bytes | None,
        watched: str,
    ) -> _Reply:
        """Answer as `_call` does, with the ranges of what the function ``watched`` is given."""
        watcher = watching.Watcher(watched, frames.PROGRAM)

        def run(*called: Any) -> dict[str, Any]:
            return {"answer": watcher.run(*called), "ranges": watcher.ranges}

        return self._call(program, function, index, value, run)

    def _tell_printed(self) -> _Reply:
        return self._answer(self._printed.told())

    def _told(self, error: BaseException) -> str:
        return explain(error) + hints.hint(error, self._liftable)

    def _answer(self, answer: object) -> _Reply:
        try:
            payload = wire.encode(answer)
            excess = wire.body_length(payload) > wire.MAX_BODY
            return _too_large(payload) if excess else (frames.ANSWERED, payload)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - untrusted objects run their own code here
            return frames.MALFORMED, explain(error).encode(errors="replace")

    def _load(self, number: int, source: str | None, literals: list[int | float]) -> None:
        self._program = None
        self._printed.begin()
        if source is not None:
            self._codes[number] = _compiled(source)
            self._sources[number] = source
        self._source = self._sources[number]
        code = self._codes[number]
        if isinstance(code, str):
            self._failure = code
            return
        module = types.ModuleType("program")
        namespace = module.__dict__
        for position, literal in enumerate(literals):
            namespace[f"_literal_{position}_"] = literal
        sys.modules["program"] = module
        self._failure = "the program could not be loaded"
        try:
            exec(code, namespace)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - untrusted: even SystemExit is an outcome
            self._failure = self._told(error)
        else:
            self._program = module


def _compiled(source: str) -> types.CodeType | str:
    try:
        return compile(source, frames.PROGRAM, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        return explain(error)


def _too_large(payload: bytes) -> _Reply:
    text = (
        f"the answer has {wire.body_length(payload)} bytes besides its arrays, the limit is {wire.MAX_BODY}"
    )
    return frames.TOO_LARGE, f"{text}: use numpy arrays".encode()


def explain(error: BaseException) -> str:
    """Return kind, text and place of an error whose own methods may fail or lie."""
    try:
        return f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL] + _place(error)
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001 - an exception's own __str__ is untrusted
        return "an error that cannot be shown"


def _place(error: BaseException) -> str:
    found = ""
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename in (frames.PROGRAM, frames.HARNESS):
            where = code.co_filename.strip("<>")
            found = f" (line {step.tb_lineno} of the {where}, in {code.co_name})"
        step = step.tb_next
    return found
