"""Debian's docker-registry on loopback, on a free port."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tools import find

from registry.content import digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.content import Content

USER, PASSWORD = "user", "pass:wörd"
# The bcrypt hash of PASSWORD, of the cheapest sort.
HASH = "$2b$04$abcdefghijklmnopqrstuuWXKr2BvN6MFBGmbO8G1GNLW0JIJkxnC"


class Registry:
    """A running registry: its `host` with port, and what is needed to push to it."""

    def __init__(self, host: str, context: ssl.SSLContext | None, authorization: str) -> None:
        self.host = host
        self.url = f"{'https' if context else 'http'}://{host}/v2"
        self.context = context
        self.authorization = authorization

    def push(self, path: str, content: Content) -> str:
        """Pushes content under `repository:tag` and returns the reference for it."""
        repository, _, tag = path.partition(":")
        for media_type, body in content.parts:
            if media_type:
                self._put(f"{self.url}/{repository}/manifests/{digest(body)}", body, media_type)
            else:
                place = self._call("POST", f"{self.url}/{repository}/blobs/uploads/", b"", "")
                sign = "&" if "?" in place else "?"
                self._put(f"{place}{sign}digest={digest(body)}", body, "application/octet-stream")
        media_type, body = content.parts[-1]
        self._put(f"{self.url}/{repository}/manifests/{tag}", body, media_type)
        return f"{self.host}/{path}"

    def _put(self, url: str, body: bytes, media_type: str) -> None:
        self._call("PUT", url, body, media_type)

    def _call(self, method: str, url: str, body: bytes, media_type: str) -> str:
        headers = {"Content-Type": media_type} if media_type else {}
        if self.authorization:
            headers["Authorization"] = self.authorization
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request, context=self.context) as answer:
            return str(answer.headers.get("Location", ""))


@contextmanager
def docker_registry(
    folder: Path,
    *,
    tls: tuple[Path, Path] | None = None,
    auth: dict[str, Any] | None = None,
    authorization: str = "",
    ca: Path | None = None,
) -> Iterator[Registry]:
    """
    A registry of its own. `tls` are its certificate and key, `auth` is that part of its
    configuration, `authorization` the header that lets the test push.
    """
    program = find("docker-registry")
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    http: dict[str, Any] = {"addr": f"127.0.0.1:{port}", "secret": "of the test"}
    if tls is not None:
        http["tls"] = {"certificate": str(tls[0]), "key": str(tls[1])}
    config = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": http,
        **({"auth": auth} if auth else {}),
    }
    (folder / "config.yml").write_text(json.dumps(config), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", str(folder / "config.yml")], stdout=log, stderr=log
        )
    context = ssl.create_default_context(cafile=str(ca)) if tls else None
    try:
        _wait(process, port, folder)
        yield Registry(f"127.0.0.1:{port}", context, authorization)
    finally:
        process.terminate()
        process.wait()


def basic(user: str = USER, password: str = PASSWORD) -> str:
    """A header that logs in by user and password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"docker-registry does not start: {(folder / 'log').read_text()[-500:]}")
