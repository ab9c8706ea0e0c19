"""
The addresses that this program opens.

An address is parsed once. The same value decides whether a login may go there and opens the
connection: two parsers that read a text differently could send a login to the wrong host. So this
parser accepts less than others, and only what has a single meaning.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import urljoin

_PORTS = {"https": 443, "http": 80}

# Printable ASCII without blank and backslash. Browsers read a backslash as a slash, other programs
# do not; a host in other letters has to be written in its ASCII form (`xn--…`).
_CLEAN = re.compile(r"[!-\[\]-~]+")
_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE)
# No user and password, no `%` (neither an encoded host nor the zone of an IPv6 address).
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{0,5}))?")
_NAME = re.compile(r"(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)*(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Address(NamedTuple):
    """
    Where a request goes. `scheme` is `https` or `http`; `host` is a name in lower case without a
    dot at its end, or an IP address in its usual form without brackets; `target` is path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what a login is for."""
        return self.scheme, self.host, self.port

    @property
    def url_host(self) -> str:
        """The host as a URL has it: an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def netloc(self) -> str:
        """The host, with its port unless that is the usual one."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.url_host}{port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    def may_lead_to(self, there: Address) -> bool:
        """Whether requests may go on to another address: HTTPS, or from plain HTTP to loopback."""
        return there.scheme == "https" or (self.scheme == "http" and there.is_loopback)

    def resolved(self, reference: str) -> Address:
        """The address that a `Location` here means (RFC 3986, 5.2). Raises ValueError."""
        if not _CLEAN.fullmatch(reference):
            raise ValueError("not a reference")
        if _SCHEME.match(reference):
            return parse(reference)
        if reference.startswith("//"):
            return parse(f"{self.scheme}:{reference}")
        # Only for the path, so any host will do.
        joined = urljoin(f"https://a{self.target}", reference.partition("#")[0])
        target = joined.removeprefix("https://a")
        if not target.startswith("/"):
            raise ValueError("not a path")
        return self._replace(target=target)


def parse(text: str) -> Address:
    """
    An absolute address. Raises ValueError for anything else, and for an address with a user, a
    backslash, a blank, control characters, letters beyond ASCII, an IPv6 zone, or an IPv4 address
    that is not written as four decimal numbers.
    """
    parts = _ADDRESS.fullmatch(text) if _CLEAN.fullmatch(text) else None
    authority = _AUTHORITY.fullmatch(parts[2]) if parts else None
    if not parts or not authority:
        raise ValueError("not an address")
    scheme, target = parts[1].lower(), parts[3]
    port = int(authority[2] or _PORTS[scheme])
    if not 0 < port < 1 << 16:
        raise ValueError("not a port")
    lead = "" if target.startswith("/") else "/"
    return Address(scheme, _host(authority[1].lower()), port, f"{lead}{target}")


def _host(text: str) -> str:
    """The one spelling of a host in lower case. Raises ValueError."""
    if text.startswith("["):
        address = IPv6Address(text[1:-1])
        return str(address.ipv4_mapped or address)
    text = text.removesuffix(".")
    if _NUMBER.fullmatch(text.rpartition(".")[2]):
        # Systems read `127.1`, `0x7f.0.0.1` and `2130706433` as IP addresses, too.
        return str(IPv4Address(text))
    if len(text) > 253 or not _NAME.fullmatch(text):
        raise ValueError("not a host")
    return text
