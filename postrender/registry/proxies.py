"""
The proxy that the environment names, as Go's programs (Docker, Helm, kubectl) read it.

Source: golang.org/x/net v0.30.0 http/httpproxy/proxy.go (FromEnvironment, useProxy, init). Two
things differ: `ALL_PROXY` counts if there is no `HTTPS_PROXY`, as in curl, and a proxy that cannot
be read is an error, where Go goes on without one. Plain HTTP is only spoken on loopback, where no
proxy is asked, so `HTTP_PROXY` does not matter.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from postrender.errors import LockError
from postrender.registry.address import Address, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Address, IPv6Address

_NAMES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_NO_PROXY = ("NO_PROXY", "no_proxy")
# Scheme, user and password, host and port.
_PROXY = re.compile(r"(?:([a-z0-9]+)://)?(?:([^/?#]*)@)?([^/?#@]+)/?", re.IGNORECASE)
# `host:port` and `[IPv6]:port` (Go: net.SplitHostPort).
_HOST_PORT = re.compile(r"\[([^\[\]]*)\]:([^:\[\]]*)|([^:\[\]]*):([^:\[\]]*)")
_CIDR = re.compile(r"[0-9a-f.:]+/[0-9]{1,3}")


class Proxy(NamedTuple):
    """A proxy; `login` is its user and password, joined by a colon, or empty."""

    address: Address
    login: bytes


def proxy_for(address: Address, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy to ask for an address; None for a direct connection. Raises LockError."""
    name = next((name for name in _NAMES if environment.get(name)), "")
    if not name or address.is_loopback:
        return None
    without = next((environment[name] for name in _NO_PROXY if environment.get(name)), "")
    if any(_matches(entry.strip().lower(), address) for entry in without.split(",")):
        return None
    try:
        return _proxy(environment[name])
    except ValueError:
        # Not the value: it may hold a password.
        raise LockError(
            f"{name}: not the address of a proxy", "write it as http://HOST:PORT"
        ) from None


def _proxy(text: str) -> Proxy:
    """A proxy as the environment names it. Raises ValueError."""
    parts = _PROXY.fullmatch(text.strip())
    if parts is None:
        raise ValueError("not a proxy")
    scheme, login, place = parts.groups()
    user, _, password = map(unquote_to_bytes, (login or "").partition(":"))
    return Proxy(parse(f"{scheme or 'http'}://{place}"), user + b":" + password if login else b"")


def _matches(entry: str, address: Address) -> bool:
    """Whether an entry of NO_PROXY, in lower case, is for an address."""
    if entry in {"", "*"}:
        return entry == "*"
    ip = _ip(address.host)
    if _CIDR.fullmatch(entry):
        with suppress(ValueError):
            return ip is not None and ip in ip_network(entry, strict=False)
    parts = _HOST_PORT.fullmatch(entry)
    host, port = (parts[1] or parts[3], parts[2] or parts[4]) if parts else (entry, "")
    if not host or (port and port != str(address.port)):
        return False
    if entry_ip := _ip(host):
        return entry_ip == ip
    host = host.removeprefix("*") if host.startswith("*.") else host
    name = host.removeprefix(".")
    with suppress(UnicodeError):
        name = name if name.isascii() else name.encode("idna").decode()
    is_itself = address.host == name and not host.startswith(".")
    return is_itself or address.host.endswith(f".{name}")


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address, IPv4 where it can be; None for a name."""
    try:
        ip = ip_address(text)
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
