"""The stand-in's server: connections, what was asked of it, and dying at a given byte."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hubstand import routes
from tests.hubstand.calls import Answer, Call, failed
from tests.hubstand.faults import Fault
from tests.hubstand.store import Repo

TOKEN = "hf_anything"


@dataclass(frozen=True)
class Request:
    """One request as it came in; `whole` says that its body did, too."""

    method: str
    path: str
    bytes_in: int
    whole: bool
    status: int = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, stand: Stand, port: int) -> None:
        self.stand = stand
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: `_Handler.handle` has noted what was no lost connection."""


class Stand:
    """A Hub of its own; `start` and `stop` (or `with`) say when it listens, always at one port."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.port = 0
        self._server: _Server | None = None
        self._turn = threading.Lock()
        self._open: set[socket.socket] = set()
        self.reset()

    def reset(self) -> None:
        """Forgets all datasets, requests and faults."""
        with self.lock:
            self.repos: dict[str, Repo] = {}
            self.requests: list[Request] = []
            self.faults: list[Fault] = []
            self.errors: list[BaseException] = []
            self.token = TOKEN
            self.signature = "0123456789signed"
            self.part_size = 0
            self.parts: dict[str, dict[int, bytes]] = {}
            self.dies_after: int | None = None

    def start(self) -> None:
        with self._turn:
            if self._server is not None:
                return
            server = _Server(self, self.port)
            self.port = server.server_address[1]
            self._server = server
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Stops listening, then drops every connection, in whatever state it is."""
        with self._turn:
            with self.lock:
                server, self._server = self._server, None
            if server is None:
                return
            server.shutdown()
            server.server_close()
            with self.lock:
                dropped = list(self._open)
            for one in dropped:
                drop(one)

    def __enter__(self) -> Stand:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self._server is not None

    def opened(self, connection: socket.socket) -> bool:
        with self.lock:
            if self.alive:
                self._open.add(connection)
            return self.alive

    def closed(self, connection: socket.socket) -> None:
        with self.lock:
            self._open.discard(connection)

    def may_read(self, number: int) -> int:
        """How many of so many bytes of a body still come in; the last one ends the server."""
        with self.lock:
            if self.dies_after is None:
                return number
            given = min(number, self.dies_after)
            self.dies_after -= given
            return given

    def note(self, request: Request) -> None:
        with self.lock:
            self.requests.append(request)

    def fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            return next((one for one in self.faults if one.matches(method, path)), None)

    def uploads(self) -> Counter[str]:
        """How often each large file came in whole, by digest."""
        with self.lock:
            return Counter(
                found[1]
                for one in self.requests
                if one.method == "PUT" and one.whole and one.status == 200
                and (found := re.match(r"/lfs/.*/([0-9a-f]{64})$", one.path))
            )  # fmt: skip

    def holds(self, needle: bytes) -> bool:
        with self.lock:
            return any(needle in data for repo in self.repos.values() for data in repo.every_byte())


def drop(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Cut(Exception):
    """The connection ends here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def handle(self) -> None:
        stand = self.server.stand
        if not stand.opened(self.connection):
            return
        try:
            super().handle()
        except (OSError, _Cut):
            drop(self.connection)
        except Exception as error:
            stand.errors.append(error)
            drop(self.connection)
        finally:
            stand.closed(self.connection)

    def _any(self) -> None:
        stand = self.server.stand
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self._body(length)
        if len(body) < length:
            stand.note(Request(self.command, path, len(body), whole=False))
            if stand.dies_after == 0:
                stand.stop()
            raise _Cut
        call = Call(
            stand, self.command, parts.path, parse_qs(parts.query), dict(self.headers), body
        )
        answer = self._answer(call, path)
        stand.note(Request(self.command, path, len(body), whole=True, status=answer.status))
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _any

    def _body(self, length: int) -> bytes:
        stand, chunks = self.server.stand, bytearray()
        while len(chunks) < length:
            want = min(16384, length - len(chunks))
            given = stand.may_read(want)
            data = self.rfile.read(given) if given else b""
            chunks += data
            if len(data) < want:
                break
        return bytes(chunks)

    def _answer(self, call: Call, path: str) -> Answer:
        stand = self.server.stand
        fault = stand.fault(call.method, path)
        if fault is not None:
            fault.begin()
            if fault.cut == "before":
                raise _Cut
            if fault.status:
                return failed(fault.status, fault.message, fault.headers)
        with stand.lock:
            answer = routes.answer(call)
        if fault is not None and fault.cut == "after":
            stand.note(Request(call.method, path, len(call.body), True, answer.status))
            raise _Cut
        return answer

    def _send(self, answer: Answer) -> None:
        data = answer.data if answer.data is not None else json.dumps(answer.json).encode()
        kind = "application/json" if answer.data is None else "application/octet-stream"
        self.send_response(answer.status)
        for name, value in {"Content-Type": kind, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(answer.length or len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
