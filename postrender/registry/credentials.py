"""
The logins that `docker login` and `podman login` leave behind, helpers included.

Sources: docker/cli cli/config/configfile/file.go (GetCredentialsStore) and
cli/config/credentials/{file_store,native_store}.go; containers/image pkg/docker/config for the
place of podman's file, which has the same form.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections import namedtuple
from typing import TYPE_CHECKING, Any

from postrender.errors import LockError, reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A user and a secret. Without a user the secret is an identity token, which is exchanged for an
# access token and shown to nobody else.
Login = namedtuple("Login", "user secret")

HELPER_TIMEOUT = 30.0
# What Docker calls its hub in its config file, and what others do.
_HUB = ("https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io")
_IDENTITY_TOKEN = "<token>"  # noqa: S105 - Docker's word for "no user"
_NOT_FOUND = b"credentials not found in native keychain"


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


def login_for(host: str, files: Sequence[str]) -> Login | None:
    """
    The login for a registry's host (with its port, if it has one); None where there is none.

    Raises LockError for a file that is no JSON and for a helper that fails. No message has
    anything in it that a file or a helper says.
    """
    names = _HUB if host in _HUB else (host,)
    for file in files:
        config = _read(file)
        helpers = config.get("credHelpers")
        for name in names:
            helper = helpers.get(name) if isinstance(helpers, dict) else None
            helper = helper or config.get("credsStore")
            found = _ask_helper(str(helper), name) if helper else None
            found = found or _written(config, name)
            if found is not None:
                return found
    return None


def _read(file: str) -> dict[str, Any]:
    try:
        with open(file, "rb") as opened:
            config = json.loads(opened.read())
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = reason_of(error)
        raise LockError(f"{file}: cannot be read ({reason}); make it readable") from None
    except (ValueError, RecursionError):
        raise LockError(f"{file}: it is not JSON; log in anew, or remove it") from None
    return config if isinstance(config, dict) else {}


def _written(config: dict[str, Any], name: str) -> Login | None:
    """The login that a config file holds itself: under a host's name, or under a URL of it."""
    auths = config.get("auths")
    if not isinstance(auths, dict):
        return None
    entry = auths.get(name) or next(
        (auth for key, auth in auths.items() if _host(key) == name and auth), None
    )
    if not isinstance(entry, dict):
        return None
    if entry.get("identitytoken"):
        return Login("", str(entry["identitytoken"]))
    try:
        user, colon, secret = base64.b64decode(entry.get("auth") or "").decode().partition(":")
    except (ValueError, TypeError):
        return None
    if colon:
        return Login(user, secret.strip("\0"))
    if entry.get("username"):
        return Login(str(entry["username"]), str(entry.get("password") or ""))
    return None


def _host(key: str) -> str:
    """The host in a key of `auths`, which older versions wrote as a URL."""
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]


def _ask_helper(helper: str, name: str) -> Login | None:
    """What `docker-credential-<helper> get` says of a host."""
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run(  # noqa: S603 - the user's own config names it
            [program, "get"],
            input=name.encode(),
            capture_output=True,
            check=False,
            timeout=HELPER_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        problem = f"does not answer within {HELPER_TIMEOUT:g} s"
    except OSError as error:
        problem = f"cannot be run ({reason_of(error)})"
    else:
        if done.returncode == 0:
            return _answered(done.stdout)
        if _NOT_FOUND in done.stdout:
            return None
        problem = f"fails with exit code {done.returncode}"
    raise LockError(f"{program}, which your Docker config names for {name}, {problem}; mend it")


def _answered(answer: bytes) -> Login | None:
    try:
        data = json.loads(answer)
        user, secret = str(data["Username"]), str(data["Secret"])
    except (ValueError, TypeError, KeyError):
        return None
    if not secret:
        return None
    return Login("" if user == _IDENTITY_TOKEN else user, secret)
