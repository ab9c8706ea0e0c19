"""
HTTP with limits on time, size and redirects. It knows nothing about registries.

urllib3 handles connections, TLS and proxies, for hosts and ports that `address` has parsed: no text
is parsed twice. This module follows redirects itself, so that each uses the right proxy, never goes
from HTTPS to HTTP, and takes no login to another origin.
"""

from __future__ import annotations

import os
import re
import ssl
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any, NamedTuple

import urllib3
from urllib3 import exceptions

from postrender import __version__
from postrender.errors import LockError
from postrender.registry.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postrender.registry.address import Address
    from postrender.registry.proxies import Proxy

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
REDIRECTS = 5
# Passing troubles of a server, and the pauses before asking again.
TROUBLES = frozenset((429, 500, 502, 503, 504))
PAUSES = (0.5, 2.0)
LONGEST_PAUSE = 10.0


# Where systems keep the certificates they trust, as Go has them (crypto/x509/root_linux.go).
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def trust_system(context: ssl.SSLContext) -> None:
    """
    Loads the certificates of the system if OpenSSL does not find them: it was built for another
    system, as the executable's is.
    """
    known = ssl.get_default_verify_paths()
    if known.cafile or known.capath:
        return
    for bundle in BUNDLES:
        if os.path.exists(bundle):
            context.load_verify_locations(bundle)
            return


class Answer(NamedTuple):
    """An answer; `address` is where it came from in the end."""

    status: int
    headers: Any  # urllib3.HTTPHeaderDict: names in any case
    body: bytes
    address: Address


class Transport:
    """
    Connections to all hosts, shared by threads. `ca_file` names a file with further certificates to
    trust. Raises LockError.
    """

    def __init__(self, *, ca_file: str = "", read_timeout: float = READ_TIMEOUT) -> None:
        self.read_timeout = read_timeout
        # With the system's certificates; OpenSSL itself minds SSL_CERT_FILE and SSL_CERT_DIR.
        context = ssl.create_default_context()
        trust_system(context)
        if ca_file:
            try:
                context.load_verify_locations(ca_file)
            except OSError:  # an ssl.SSLError is one
                raise LockError(
                    f"{ca_file}: no certificates can be read from it", "name a PEM file"
                ) from None
        self.options: dict[str, Any] = {
            "ssl_context": context,
            "headers": {
                "User-Agent": f"kmod-post/{__version__}",
                "Accept-Encoding": "identity",
            },
        }
        self.pools: dict[Proxy | None, urllib3.PoolManager] = {}
        self.environment = {**os.environ}

    def fetch(
        self,
        address: Address,
        headers: Mapping[str, str],
        *,
        limit: int,
        until: float,
        form: str = "",
    ) -> Answer:
        """
        An answer, after redirects; asked again after passing troubles.

        `headers` go along to another origin without Authorization, and a form goes nowhere else.
        """
        for pause in (*PAUSES, None):
            try:
                answer = self.follow(address, headers, limit=limit, until=until, form=form)
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
        self, address: Address, headers: Mapping[str, str], *, limit: int, until: float, form: str
    ) -> Answer:
        """One answer, after redirects."""
        for _ in range(REDIRECTS + 1):
            answer = self.exchange(address, headers, limit=limit, until=until, form=form)
            target = answer.headers.get("Location")
            if answer.status not in {301, 302, 303, 307, 308} or not target or form:
                return answer
            try:
                there = address.resolved(target)
            except ValueError:
                raise LockError(
                    f"{address.netloc} redirects to something that is not a plain address",
                    "ask its operators to fix that",
                ) from None
            if not address.may_lead_to(there):
                raise LockError(
                    f"{address.netloc} redirects to an address without TLS",
                    "ask its operators to fix that",
                )
            if there.origin != address.origin:
                headers = {k: v for k, v in headers.items() if k != "Authorization"}
            address = there
        raise LockError(f"{address.netloc} redirects endlessly", "try again later")

    def exchange(
        self, address: Address, headers: Mapping[str, str], *, limit: int, until: float, form: str
    ) -> Answer:
        """One request and its answer; redirects are not followed."""
        host = address.netloc
        left = until - time.monotonic()
        if left <= 0:
            raise LockError(f"{host} takes too long", "try again later")
        timeout = urllib3.Timeout(
            connect=min(CONNECT_TIMEOUT, left), read=min(self.read_timeout, left)
        )
        pools = self.pools_for(address)
        try:
            pool = pools.connection_from_host(address.url_host, address.port, address.scheme)
            response = pool.request(
                "POST" if form else "GET",
                address.target,
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
                    raise LockError(f"{host} sends more than {limit >> 20} MiB", "it is no image's")
                if time.monotonic() > until:
                    raise LockError(f"{host} takes too long", "try again later")
        except (exceptions.HTTPError, OSError, ValueError) as error:
            raise _failure(error, host) from None
        finally:
            response.close()  # where all has been read, the connection is in the pool already
        return Answer(response.status, response.headers, bytes(body), address)

    def pools_for(self, address: Address) -> urllib3.PoolManager:
        """The connections to ask an address by: direct, or through the environment's proxy."""
        proxy = proxy_for(address, self.environment)
        if proxy not in self.pools:
            self.pools[proxy] = (
                urllib3.PoolManager(**self.options)
                if proxy is None
                else urllib3.ProxyManager(
                    f"{proxy.address.scheme}://{proxy.address.url_host}:{proxy.address.port}",
                    proxy_headers=(
                        {"Proxy-Authorization": basic(proxy.login)} if proxy.login else None
                    ),
                    proxy_ssl_context=self.options["ssl_context"],
                    **self.options,
                )
            )
        return self.pools[proxy]


class Broken(LockError):
    """A connection that could not be made or did not last; the next one may."""


class NoTLS(LockError):
    """The other side does not speak TLS."""


def basic(login: bytes) -> str:
    """The header that logs in by user and password, given joined by a colon."""
    return f"Basic {b64encode(login).decode()}"


def _distrusted(code: int, host: str) -> LockError:
    """Why a certificate is refused. OpenSSL's sentences change, its codes (x509_vfy.h) do not."""
    if code in {62, 64}:  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
        return LockError(f"{host}: its certificate is for another host", "check the image name")
    if code in {9, 10}:  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
        what = "has expired" if code == 10 else "is not valid yet"
        return LockError(
            f"{host}: its certificate {what}", "ask the registry's operators for another"
        )
    return LockError(
        f"{host}: its certificate is not trusted (OpenSSL's code {code})",
        "give the CA's certificate with --ca-file",
    )


def _failure(error: Exception, host: str) -> LockError:
    """An error of the connection as a sentence, without anything that the other side said."""
    cause: BaseException = error
    proxy = exceptions.ProxyError | exceptions.ProxySchemeUnknown
    if isinstance(error, proxy):
        return Broken(f"{host}: the proxy for it fails", "check HTTPS_PROXY and NO_PROXY")
    if isinstance(error, exceptions.SSLError) and error.args:
        cause = error.args[0] if isinstance(error.args[0], BaseException) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _distrusted(cause.verify_code, host)
    if isinstance(cause, ssl.SSLError | exceptions.SSLError):
        return NoTLS(f"{host} does not speak TLS", "plain HTTP is for loopback only")
    if isinstance(error, exceptions.NameResolutionError):
        return LockError(f"{host}: host not found", "check its name; is there a network?")
    if isinstance(error, exceptions.NewConnectionError):
        return Broken(f"{host}: no connection", "is it there, and is a proxy needed?")
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return LockError(f"{host} does not answer", "try again later")
    if isinstance(error, ValueError):
        return LockError(f"{host}: not a usable address", "check the image name")
    return Broken(f"{host} breaks off the connection", "try again later")
