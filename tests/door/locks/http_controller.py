"""The controller at the other end of a webhook: a real HTTP server on loopback."""

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b"between door and controller"


def signed(moment: str, body: bytes) -> str:
    """As the documentation of the webhook says, written anew."""
    return "sha256=" + hmac.new(SECRET, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


class Controller:
    """What it was told, and how it answers.

    `change` gets status, body and signature of a right answer and returns others.
    """

    def __init__(self) -> None:
        self.commands: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.now = 1767603600  # 2026-01-05 09:00 UTC
        self.change: Callable[[int, bytes, str], tuple[int, bytes, str]] | None = None

    def answer(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str]:
        moment = headers["X-Faceaccess-Time"]
        if headers["X-Faceaccess-Signature"] != signed(moment, body):
            return 401, b"", ""
        if abs(int(moment) - self.now) > 5:
            return 403, b"", ""
        command = json.loads(body)
        if command["id"] in [earlier["id"] for earlier in self.commands]:
            return 409, b"", ""
        self.commands.append(command)
        self.headers.append(headers)
        text = json.dumps({"id": command["id"], "acknowledged": True}).encode()
        return 200, text, signed(moment, text)


@contextmanager
def serving(controller: Controller, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on loopback; the value is the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text, signature = controller.answer(dict(self.headers), body)
            if controller.change is not None:
                status, text, signature = controller.change(status, text, signature)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if signature:
                self.send_header("X-Faceaccess-Signature", signature)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # closing waits for them

        def handle_error(self, *_: object) -> None: ...  # clients that leave are meant

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="controller")
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
