"""Somebody who is told over HTTP: a real server on loopback that can be stopped and started."""

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b"between door and inbox"
WAIT = 20.0


class Inbox:
    """What arrived; `statuses` are answered from the front, then 204."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.answer = b""
        self._changed = threading.Condition()

    @property
    def alerts(self) -> list[dict[str, str]]:
        return [json.loads(body) for body in self.bodies]

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, WAIT)

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        with self._changed:
            self.bodies.append(body)
            self.headers.append(headers)
            self._changed.notify_all()
            return self.statuses.pop(0) if self.statuses else 204

    def is_signed(self, number: int) -> bool:
        headers = self.headers[number]
        text = headers["X-Faceaccess-Time"].encode() + b"." + self.bodies[number]
        right = hmac.new(SECRET, text, hashlib.sha256).hexdigest()
        return headers["X-Faceaccess-Signature"] == f"sha256={right}"


@contextmanager
def serving(inbox: Inbox, *, port: int = 0, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on loopback; the value is the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = inbox.take(body, dict(self.headers))
            self.send_response(status)
            self.send_header("Content-Length", str(len(inbox.answer)))
            self.end_headers()
            self.wfile.write(inbox.answer)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # closing waits for them
        allow_reuse_address = True

        def handle_error(self, *_: object) -> None: ...  # clients that leave are meant

    server = Server(("127.0.0.1", port), Handler)
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="inbox")
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
