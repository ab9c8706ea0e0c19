"""
A kube-apiserver with an etcd of its own: on free ports of the loopback, in a temporary folder, without
controllers. It validates and defaults objects as every cluster does; nothing is ever run.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry import certificates
from tools import find

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = "token-of-the-judge"
# What these refuse says nothing of an object: its namespace, service account, priority class and
# runtime class are elsewhere, perhaps in the same chart.
_ADMISSION = "NamespaceLifecycle,PodSecurity,Priority,RuntimeClass,ServiceAccount"
# A closed terminal or an impatient caller must not leave a server behind.
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class ApiServer:
    """A running API server: its port and what is needed to talk to it. See `running`."""

    def __init__(self, port: int, ca: Path) -> None:
        self.port = port
        self._context = ssl.create_default_context(cafile=str(ca))

    def connect(self) -> Connection:
        """A connection of its own, for one thread."""
        return Connection(HTTPSConnection("127.0.0.1", self.port, context=self._context))


class Connection:
    """A connection that stays open."""

    def __init__(self, http: HTTPSConnection) -> None:
        self._http = http

    def close(self) -> None:
        """Closes it."""
        self._http.close()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """
        The status and the JSON of an answer, or its text where it is none. OSError where the server
        does not answer.
        """
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {_TOKEN}", "Accept": "application/json"}
        if sent is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._http.request(method, path, sent, headers)
            answer = self._http.getresponse()
            text = answer.read()
        except HTTPException as error:
            self._http.close()
            raise OSError(f"{method} {path}: {error!r}") from error
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode(errors="replace")

    def get(self, path: str) -> Any:
        """The JSON at a path. OSError where there is none."""
        status, found = self.ask("GET", path)
        if status != 200:
            raise OSError(f"GET {path}: {status} {found}")
        return found


@contextmanager
def running(*, seconds: int = 120) -> Iterator[ApiServer]:
    """
    A server that is ready. Both programs are ended and the folder is removed afterwards, also after
    a failure, an interrupt or SIGTERM. OSError with the end of its log where it does not start
    within that time.
    """
    programs = [find(name) for name in ("etcd", "kube-apiserver", "openssl")]
    with ExitStack() as closing:
        closing.enter_context(_ended_by_signals())
        folder = Path(tempfile.mkdtemp(prefix="judge-"))
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        files = certificates.make(folder, names="IP:127.0.0.1")
        certificates.openssl("genrsa", "-out", folder / "accounts.key", "2048")
        (folder / "tokens.csv").write_text(f'{_TOKEN},judge,judge,"system:masters"\n')
        client, peer, port = _free_ports(3)
        etcd = [
            programs[0],
            f"--data-dir={folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
        ]
        server = [
            programs[1],
            f"--etcd-servers=http://127.0.0.1:{client}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--tls-cert-file={files.certificate}",
            f"--tls-private-key-file={files.key}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=AlwaysAllow",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={folder / 'accounts.key'}",
            f"--service-account-key-file={folder / 'accounts.key'}",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none",
            "--allow-privileged",
            "--runtime-config=api/all=true",
            f"--disable-admission-plugins={_ADMISSION}",
        ]
        started = [closing.enter_context(_program(each, folder)) for each in (etcd, server)]
        found = ApiServer(port, files.ca)
        _wait(found, started, folder, time.monotonic() + seconds)
        yield found


def _wait(
    server: ApiServer, started: list[subprocess.Popen[bytes]], folder: Path, until: float
) -> None:
    """Until the server is ready. OSError where it is not in time, or ends."""
    while time.monotonic() < until and all(process.poll() is None for process in started):
        connection = server.connect()
        try:
            if connection.ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass  # it does not listen yet
        finally:
            connection.close()
        time.sleep(0.2)
    said = [(folder / name).read_text(errors="replace")[-2000:] for name in ("log.0", "log.1")]
    raise OSError("the API server is not ready:\n" + "\n".join(said))


@contextmanager
def _program(words: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs, and is ended."""
    number = len([*folder.glob("log.*")])
    with (folder / f"log.{number}").open("wb") as log:
        # A session of its own: Ctrl-C in the terminal is for Python, which ends the program.
        process = subprocess.Popen(
            words, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end this process as Ctrl-C does: what has been started is ended first."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on; taken together, so that they differ."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
