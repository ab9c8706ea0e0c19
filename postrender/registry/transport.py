"""
HTTP within bounds of time, size and hops. Nothing here knows of registries.

urllib3 does connections, TLS and proxies; redirects are followed here, so that each goes through
the proxy that is meant for it, never from HTTPS to HTTP, and takes no login to another host.
"""

from __future__ import annotations

import re
import ssl
import time
from collections import namedtuple
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3 import exceptions

from postrender import __version__
from postrender.errors import LockError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
REDIRECTS = 5
# Passing troubles of a server, and the pauses before asking again.
TROUBLES = frozenset((429, 500, 502, 503, 504))
PAUSES = (0.5, 2.0)
LONGEST_PAUSE = 10.0

# An answer; `url` is where it came from in the end.
Answer = namedtuple("Answer", "status headers body url")


class Transport:
    """
    Connections to all hosts, shared by threads. `ca_file` names a file with further certificates to
    trust. Raises LockError.
    """

    def __init__(self, *, ca_file: str = "", read_timeout: float = READ_TIMEOUT) -> None:
        self.read_timeout = read_timeout
        # With the system's certificates; OpenSSL itself minds SSL_CERT_FILE and SSL_CERT_DIR.
        context = ssl.create_default_context()
        if ca_file:
            try:
                context.load_verify_locations(ca_file)
            except OSError:  # an ssl.SSLError is one
                raise LockError(
                    f"{ca_file}: no certificates can be read from it; name a PEM file"
                ) from None
        self.options: dict[str, Any] = {
            "ssl_context": context,
            "headers": {
                "User-Agent": f"kmod-post/{__version__}",
                "Accept-Encoding": "identity",
            },
        }
        self.pools: dict[str, urllib3.PoolManager] = {"": urllib3.PoolManager(**self.options)}
        self.proxies = getproxies()

    def fetch(
        self, url: str, headers: Mapping[str, str], *, limit: int, until: float, form: str = ""
    ) -> Answer:
        """
        An answer, after redirects; asked again after passing troubles.

        `headers` go along to another host without Authorization, and a form goes nowhere else.
        """
        for pause in (*PAUSES, None):
            try:
                answer = self.follow(url, headers, limit=limit, until=until, form=form)
            except Broken:
                if pause is None or time.monotonic() + pause > until:
                    raise
            else:
                if answer.status not in TROUBLES or pause is None:
                    return answer
                asked = str(answer.headers.get("Retry-After", ""))
                pause = max(pause, float(asked) if re.fullmatch("[0-9]{1,9}", asked) else 0.0)
                if pause > LONGEST_PAUSE or time.monotonic() + pause > until:
                    return answer
            time.sleep(pause)
        raise AssertionError

    def follow(
        self, url: str, headers: Mapping[str, str], *, limit: int, until: float, form: str
    ) -> Answer:
        """One answer, after redirects."""
        for _ in range(REDIRECTS + 1):
            answer = self.exchange(url, headers, limit=limit, until=until, form=form)
            target = answer.headers.get("Location")
            if answer.status not in {301, 302, 303, 307, 308} or not target or form:
                return answer
            try:
                there = urljoin(url, target)
            except ValueError:
                there = ""
            if not may_lead(url, there):
                raise LockError(
                    f"{urlsplit(url).netloc} redirects to no place with TLS; "
                    "have its operators mend that"
                )
            if origin(there) != origin(url):
                headers = {k: v for k, v in headers.items() if k != "Authorization"}
            url = there
        raise LockError(f"{urlsplit(url).netloc} redirects without end; try again later")

    def exchange(
        self, url: str, headers: Mapping[str, str], *, limit: int, until: float, form: str
    ) -> Answer:
        """One request and its answer, redirects included."""
        host = urlsplit(url).netloc
        left = until - time.monotonic()
        if left <= 0:
            raise LockError(f"{host} takes too long; try again later")
        timeout = urllib3.Timeout(
            connect=min(CONNECT_TIMEOUT, left), read=min(self.read_timeout, left)
        )
        try:
            response = self.pool(url).request(
                "POST" if form else "GET",
                url,
                body=form or None,
                headers={**self.options["headers"], **headers},
                timeout=timeout,
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
        except (exceptions.HTTPError, OSError, ValueError) as error:
            raise _failure(error, host) from None
        body = bytearray()
        try:
            while piece := response.read1(1 << 16, decode_content=False):
                body += piece
                if len(body) > limit:
                    raise LockError(f"{host} sends more than {limit >> 20} MiB; it is no image's")
                if time.monotonic() > until:
                    raise LockError(f"{host} takes too long; try again later")
        except (exceptions.HTTPError, OSError, ValueError) as error:
            raise _failure(error, host) from None
        finally:
            response.close()  # where all has been read, the connection is in the pool already
        return Answer(response.status, response.headers, bytes(body), url)

    def pool(self, url: str) -> urllib3.PoolManager:
        """The connections for a URL: straight, or through the proxy that the environment names."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        proxy = self.proxies.get(parts.scheme) or self.proxies.get("all") or ""
        if not proxy or is_loopback(host) or proxy_bypass(host):
            return self.pools[""]
        if proxy not in self.pools:
            known = urllib3.util.parse_url(proxy if "://" in proxy else f"http://{proxy}")
            login = urllib3.util.make_headers(proxy_basic_auth=known.auth) if known.auth else None
            self.pools[proxy] = urllib3.ProxyManager(
                known._replace(auth=None).url, proxy_headers=login, **self.options
            )
        return self.pools[proxy]


class Broken(LockError):
    """A connection that could not be made or did not last; the next one may."""


class NoTLS(LockError):
    """The other side does not speak TLS."""


def is_loopback(host: str) -> bool:
    """Whether a host, without port, is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def may_lead(url: str, there: str) -> bool:
    """
    Whether one address may lead to another: to HTTPS; to plain HTTP only on loopback, and from it.
    """
    try:
        scheme, host, _ = origin(there)
    except ValueError:
        return False
    if scheme == "http":
        return url.startswith("http:") and is_loopback(host)
    return scheme == "https"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what a login is for. Raises ValueError."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.hostname or "", port


def _distrusted(code: int, host: str) -> LockError:
    """Why a certificate is refused. OpenSSL's sentences change, its codes (x509_vfy.h) do not."""
    if code in {62, 64}:  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
        return LockError(f"{host}: its certificate is for another host; check the image's name")
    if code in {9, 10}:  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
        what = "has expired" if code == 10 else "is not valid yet"
        return LockError(
            f"{host}: its certificate {what}; ask the registry's operators for another"
        )
    return LockError(
        f"{host}: its certificate is not trusted (OpenSSL's code {code}); "
        "give the CA's certificate with --ca-file"
    )


def _failure(error: Exception, host: str) -> LockError:
    """An error of the connection as a sentence, without anything that the other side said."""
    cause: BaseException = error
    proxy = exceptions.ProxyError | exceptions.ProxySchemeUnknown
    if isinstance(error, proxy):
        return Broken(f"{host}: the proxy for it fails; mind HTTPS_PROXY and NO_PROXY")
    if isinstance(error, exceptions.SSLError) and error.args:
        cause = error.args[0] if isinstance(error.args[0], BaseException) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _distrusted(cause.verify_code, host)
    if isinstance(cause, ssl.SSLError | exceptions.SSLError):
        return NoTLS(f"{host} does not speak TLS; plain HTTP is for loopback only")
    if isinstance(error, exceptions.NameResolutionError):
        return LockError(f"{host}: there is no such host; mind its name")
    if isinstance(error, exceptions.NewConnectionError):
        return Broken(f"{host}: no connection; is it there, and is a proxy needed?")
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return LockError(f"{host} does not answer; try again later")
    if isinstance(error, ValueError):
        return LockError(f"{host}: no address that can be asked; mind the image's name")
    return Broken(f"{host} breaks off the connection; try again later")
