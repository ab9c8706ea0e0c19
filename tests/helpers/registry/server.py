"""HTTP servers in Python on loopback: a registry that can misbehave, and a token service."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from registry.certificates import openssl
from registry.content import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registry.certificates import Certificates
    from registry.content import Content

    # Answers a request itself, or returns False for the usual answer.
    Misbehave = Callable[["Handler"], bool | None]


class Server(ThreadingHTTPServer):
    """
    A registry that knows what it was given, by path, and asks `misbehave` first. `requests` are the
    paths asked for with their Authorization headers, `ended` is set when the test is over. As a
    proxy it leads to `behind`.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, misbehave: Misbehave, tls: Certificates | None, at: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in at else socket.AF_INET
        super().__init__((at, 0), Handler)
        self.misbehave = misbehave
        self.content: dict[str, tuple[str, bytes]] = {}
        self.requests: list[tuple[str, str]] = []
        self.connections = 0
        self.ended = threading.Event()
        self.behind = ("127.0.0.1", 0)
        self.host = f"[{at}]:{self.server_port}" if ":" in at else f"{at}:{self.server_port}"
        self.url = f"{'https' if tls else 'http'}://{self.host}"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.certificate, tls.key)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def put(self, path: str, content: Content) -> str:
        """Takes content under `repository:tag` and returns the reference for it."""
        repository, _, tag = path.partition(":")
        for media_type, body in content.parts:
            place = "manifests" if media_type else "blobs"
            self.content[f"/v2/{repository}/{place}/{digest(body)}"] = (media_type, body)
        self.content[f"/v2/{repository}/manifests/{tag}"] = content.parts[-1]
        return f"{self.host}/{path}"

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    """One request of a Server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms between its head and its body
    server: Server

    def setup(self) -> None:
        """Counts the connection."""
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        """Notes the request and answers it."""
        self.server.requests.append((self.path, self.headers.get("Authorization", "")))
        if self.server.misbehave(self) is not None:
            return
        media_type, body = self.server.content.get(self.path, ("", b""))
        if not body:
            self.answer(404, b"{}")
            return
        self.answer(200, body, {"Content-Type": media_type, "Docker-Content-Digest": digest(body)})

    do_POST = do_GET

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> bool:
        """Sends an answer; true, for misbehaviours to return."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return True

    def stream(self, first: bytes, more: bytes, pause: float = 0.0) -> bool:
        """Sends bytes, and then more of them until the client or the test has had enough."""
        self.close_connection = True
        self.wfile.write(first)
        while not self.server.ended.wait(pause):
            self.wfile.write(more)
        return True

    def do_CONNECT(self) -> None:
        """Is a proxy: to `server.behind`, whatever host is asked for."""
        self.server.requests.append((self.path, self.headers.get("Proxy-Authorization", "")))
        if self.server.misbehave(self) is not None:
            return
        self.close_connection = True
        with socket.create_connection(self.server.behind) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pipe, args=(there, self.connection))
            back.start()
            _pipe(self.connection, there)
            back.join()

    def body(self) -> bytes:
        """What the client sends."""
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):  # either side may be gone
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def server(
    misbehave: Misbehave = lambda _: None,
    *,
    tls: Certificates | None = None,
    at: str = "127.0.0.1",
) -> Iterator[Server]:
    """A running Server."""
    made = Server(misbehave, tls, at)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.ended.set()
        made.shutdown()
        thread.join()
        made.server_close()


def token_service(logins: dict[str, str], signed: Callable[[str, str], str]) -> Misbehave:
    """
    Answers as a token service does (distribution docs/spec/auth): `logins` are Authorization
    headers (empty: nobody) and refresh tokens with the users they stand for; `signed` makes a token
    of service and scope.
    """

    def answer(handler: Handler) -> bool:
        url = urllib.parse.urlsplit(handler.path)
        if handler.command == "POST":
            query = dict(urllib.parse.parse_qsl(handler.body().decode()))
            user = logins.get(query.get("refresh_token", "?"))
            name = "access_token"
        else:
            query = dict(urllib.parse.parse_qsl(url.query))
            user = logins.get(handler.headers.get("Authorization", ""))
            name = "token"
        if user is None:
            return handler.answer(401, b'{"details": "incorrect username or password"}')
        token = signed(query["service"], query["scope"])
        return handler.answer(200, json.dumps({name: token, "expires_in": 300}).encode())

    return answer


def signed_token(certificates: Certificates, folder: Path, service: str, scope: str) -> str:
    """A JSON Web Token as docker-registry wants it, signed with the certificate's key."""
    kind, name, actions = scope.split(":")
    der = openssl("x509", "-in", certificates.certificate, "-outform", "DER")
    now = int(time.time())
    head = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
    claims = {
        "iss": "test", "sub": "user", "aud": service, "iat": now, "nbf": now - 10,
        "exp": now + 300, "jti": "1",
        "access": [{"type": kind, "name": name, "actions": actions.split(",")}],
    }  # fmt: skip
    text = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    der_signature = openssl("dgst", "-sha256", "-sign", certificates.key, stdin=text.encode())
    return f"{text}.{_base64(_raw(der_signature))}"


def _raw(signature: bytes) -> bytes:
    """An ECDSA signature as JSON Web Algorithms have it: r and s, 32 bytes each."""
    size = signature[3]
    r, s = signature[4 : 4 + size], signature[6 + size :]
    return b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in (r, s))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
