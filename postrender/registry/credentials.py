"""
The logins that `docker login` and `podman login` leave behind, helpers included.

Sources: docker/cli cli/config/configfile/file.go (GetCredentialsStore) and
cli/config/credentials/{file_store,native_store}.go; containers/image v5.32.2
pkg/docker/config/config.go (findCredentialsInFile, authKeysForKey) for podman's file, which has the
same form and also logins for a part of a registry, such as `host/team-a`.
"""

from __future__ import annotations

import base64
import os
import re
import selectors
import subprocess
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from postrender.errors import LockError, reason_of
from postrender.registry.gojson import field, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Login(NamedTuple):
    """
    A user and a secret. Without a user the secret is an identity token, which is exchanged for an
    access token and shown to nobody else.
    """

    user: str
    secret: str


HELPER_TIMEOUT = 30.0
# How much a helper may print, and how long a config file may be.
_SIZE = 1 << 20
# What Docker calls its hub in its config file, and what others do.
_HUB = ("https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io")
_HUB_NAMESPACE = "docker.io"
_IDENTITY_TOKEN = "<token>"  # noqa: S105 - Docker's word for "no user"
_NOT_FOUND = b"credentials not found in native keychain"
_HELPER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
# What no user and no password has in it (RFC 7617, 2), and what stands for broken text.
_BROKEN = re.compile("[\x00-\x1f\x7f\ufffd]")


def config_files(environment: Mapping[str, str]) -> list[str]:
    """The files that may hold logins, by precedence."""
    home = os.path.expanduser("~")
    docker = environment.get("DOCKER_CONFIG") or os.path.join(home, ".docker")
    files = [os.path.join(docker, "config.json")]
    if environment.get("REGISTRY_AUTH_FILE"):
        files.append(environment["REGISTRY_AUTH_FILE"])
    elif environment.get("XDG_RUNTIME_DIR"):
        files.append(os.path.join(environment["XDG_RUNTIME_DIR"], "containers", "auth.json"))
    return files


class Logins:
    """
    The logins that config files hold or name a helper for. A file is read once, and a helper is
    asked once for each registry, whatever comes of it. Threads may share it.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.files = files
        self.read = _Once(_read)
        self.ask_helper = _Once(_ask_helper)

    def __call__(self, host: str, repository: str) -> Login | None:
        """
        The login for a repository of a registry (its host, with its port, if it has one); None if
        there is none. The first file that has one counts, and in it

        1. the helper that `credHelpers` names for the host,
        2. the longest of `host/team/web`, `host/team`, … in `auths`,
        3. the helper for all hosts, `credsStore`,
        4. the host in `auths`.

        Raises LockError if a file, a login or what a helper gives cannot be read, and if a helper
        fails. No message has anything in it that a file or a helper says.
        """
        names = _HUB if host in _HUB else (host,)
        namespace = _HUB_NAMESPACE if host in _HUB else host
        for file in self.files:
            auths, helpers, store = self.read(file)
            own = next((name for name in names if name in helpers), None)
            found: Login | None = None
            if own is not None:
                found = self.from_helper(file, helpers[own], own)
            found = found or _namespaced(file, auths, namespace, repository)
            if own is None:
                found = found or self.from_helper(file, store, names[0])
            found = found or _for_host(file, auths, names)
            if found is not None:
                return found
        return None

    def from_helper(self, file: str, helper: Any, name: str) -> Login | None:
        """What a helper has for a registry, under the name that the helper knows it by."""
        if not helper:
            return None
        if not isinstance(helper, str) or not _HELPER.fullmatch(helper):
            raise LockError(
                f"{file}: what it names for {name} is not a credential helper", "fix it"
            )
        found: Login | None = self.ask_helper(f"docker-credential-{helper}", name)
        return found


class _Once:
    """A function that is called once for each set of arguments, by whichever thread comes first."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.lock = threading.Lock()
        self.futures: dict[tuple[str, ...], Future[Any]] = {}

    def __call__(self, *arguments: str) -> Any:
        with self.lock:
            is_first = arguments not in self.futures
            future = self.futures.setdefault(arguments, Future())
        if is_first:
            try:
                future.set_result(self.function(*arguments))
            except BaseException as error:  # noqa: BLE001 - the others would wait for ever
                future.set_exception(error)
        return future.result()


def _read(file: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """`auths`, `credHelpers` and `credsStore` of a config file. Raises LockError."""
    try:
        with open(file, "rb") as opened:
            data = opened.read(_SIZE + 1)
    except FileNotFoundError:
        return {}, {}, None
    except OSError as error:
        reason = reason_of(error)
        raise LockError(f"{file}: cannot be read ({reason})", "make it readable") from None
    if len(data) > _SIZE:
        raise LockError(f"{file}: larger than {_SIZE >> 20} MiB", "it is not a file of logins")
    try:
        config = loads(data)
        if not isinstance(config, dict):
            config = {}
        auths, helpers = (field(config, name) for name in ("auths", "credHelpers"))
        store = field(config, "credsStore")
    except ValueError:
        raise LockError(
            f"{file}: not JSON, or with a key twice", "log in again, or remove it"
        ) from None
    return (
        auths if isinstance(auths, dict) else {},
        helpers if isinstance(helpers, dict) else {},
        store,
    )


def _namespaced(file: str, auths: dict[str, Any], host: str, repository: str) -> Login | None:
    """The login for a repository, or for the closest namespace around it."""
    name = f"{host}/{repository}"
    while name != host:
        if login := _written(file, name, auths.get(name)):
            return login
        name = name.rpartition("/")[0]
    return None


def _for_host(file: str, auths: dict[str, Any], names: Sequence[str]) -> Login | None:
    """The login for a whole registry: under its name, or under a URL of it."""
    for name in names:
        of_url = next((auth for key, auth in auths.items() if _host(key) == name and auth), None)
        if login := _written(file, name, auths.get(name) or of_url):
            return login
    return None


def _written(file: str, name: str, entry: Any) -> Login | None:
    """The login in an entry of `auths`; None if it holds none. Raises LockError."""
    if not entry:
        return None  # Docker leaves `{}` behind for a login that a helper keeps
    try:
        user, secret, auth, token = (
            field(entry, key) or "" for key in ("username", "password", "auth", "identitytoken")
        )
        if token:
            user, secret = "", token
        elif auth:
            text = base64.b64decode(re.sub("[\r\n]", "", auth), validate=True).decode()
            user, colon, secret = text.partition(":")
            secret = secret.strip("\0")
            if not user or not colon:
                raise ValueError("no user and password")
        elif not user:
            return None
        return _checked(user, secret)
    except (ValueError, TypeError, AttributeError):
        raise LockError(
            f"{file}: the login for {name} cannot be read", 'run "docker login" again, or remove it'
        ) from None


def _checked(user: str, secret: str) -> Login:
    """A login. Raises ValueError if it has control characters or broken text in it."""
    if _BROKEN.search(user) or _BROKEN.search(secret):
        raise ValueError("not a login")
    return Login(user, secret)


def _host(key: str) -> str:
    """The host in a key of `auths` that is a URL, as older versions wrote it; else empty."""
    scheme, sign, rest = key.partition("://")
    return rest.partition("/")[0] if sign and scheme in {"http", "https"} else ""


def _ask_helper(program: str, name: str) -> Login | None:
    """What `docker-credential-<helper> get` says of a registry. Raises LockError."""
    try:
        code, answer = _run(program, name.encode())
        if code == 0:
            return _answered(answer)
        if _NOT_FOUND in answer:
            return None
        problem = f"fails with exit code {code}"
    except TimeoutError:
        problem = f"does not answer within {HELPER_TIMEOUT:g} s"
    except OSError as error:
        problem = f"cannot be run ({reason_of(error)})"
    except ValueError:
        problem = "gives no login that can be read"
    raise LockError(f"{program}, which your Docker config names for {name}, {problem}", "fix it")


def _run(program: str, text: bytes) -> tuple[int, bytes]:
    """
    The exit code and the output of `<program> get` with this input. Raises OSError, TimeoutError
    after HELPER_TIMEOUT, and ValueError for more output than _SIZE.
    """
    until = time.monotonic() + HELPER_TIMEOUT
    output = bytearray()
    with (
        subprocess.Popen(  # noqa: S603 - the user's own config names it
            [program, "get"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        ) as process,
        selectors.DefaultSelector() as selector,
    ):
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        try:
            with suppress(BrokenPipeError), stdin:
                stdin.write(text)
            selector.register(stdout, selectors.EVENT_READ)
            # Not `communicate`: that takes all a program prints, and waits for its children.
            while selector.select(until - time.monotonic()):
                piece = stdout.read(1 << 16)
                if not piece:
                    return process.wait(max(0.0, until - time.monotonic())), bytes(output)
                output += piece
                if len(output) > _SIZE:
                    raise ValueError("too much output")
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.kill()
    raise TimeoutError


def _answered(answer: bytes) -> Login | None:
    """The login that a helper prints; None if it has no secret. Raises ValueError."""
    data = loads(answer)
    if isinstance(data, dict):
        user, secret = (field(data, key) or "" for key in ("Username", "Secret"))
        if isinstance(user, str) and isinstance(secret, str) and (user or not secret):
            found = _checked("" if user == _IDENTITY_TOKEN else user, secret)
            return found if secret else None
    raise ValueError("not a login")
