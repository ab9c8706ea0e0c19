"""The proxy of the environment, as Go's programs read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from registry.asking import ask
from registry.content import image, top
from registry.debian import basic
from registry.server import server

from postrender.errors import LockError
from postrender.registry.address import parse
from postrender.registry.proxies import proxy_for

if TYPE_CHECKING:
    from registry.certificates import Certificates

WEB = image(["/web"])

# NO_PROXY, a host with port, and whether it is asked directly: as httpproxy of golang.org/x/net
# v0.30.0 answers, run once for each of these.
NO_PROXIES = [
    ("", "a.io", False),
    (",", "a.io", False),
    ("a.io", "a.io", True),
    ("a.io", "x.a.io", True),
    ("a.io", "ba.io", False),
    ("a.io", "a.io:5000", True),
    ("A.IO", "a.io", True),
    ("b.io, a.io ", "a.io", True),
    ("b.io a.io", "a.io", False),
    ("io", "a.io", True),
    ("a.io:5000", "a.io:5000", True),
    ("a.io:5000", "x.a.io:5000", True),
    ("a.io:5000", "a.io", False),
    ("a.io:443", "a.io", True),
    ("a.io:", "a.io:5000", True),
    (".a.io", "a.io", False),
    (".a.io", "x.a.io", True),
    (".a.io:443", "x.a.io", True),
    (".a.io:5000", "x.a.io", False),
    ("*.a.io", "x.y.a.io", True),
    ("*.a.io", "a.io", False),
    ("*a.io", "a.io", False),
    ("*", "a.io", True),
    ("b.io,*", "a.io:5000", True),
    ("**", "a.io", False),
    ("registry", "registry:5000", True),
    ("10.1.2.3", "10.1.2.3", True),
    ("10.1.2.3", "10.1.2.3:5000", True),
    ("10.1.2.3:5000", "10.1.2.3:5000", True),
    ("10.1.2.3:5000", "10.1.2.3", False),
    ("10.1.2.4", "10.1.2.3", False),
    ("10.0.0.0/8", "10.1.2.3", True),
    ("10.0.0.0/8", "10.1.2.3:5000", True),
    ("10.1.2.99/24", "10.1.2.3", True),
    ("10.1.3.0/24", "10.1.2.3", False),
    ("10.0.0.0/33", "10.1.2.3", False),
    ("10.0.0.0/255.0.0.0", "10.1.2.3", False),
    ("10.*", "10.1.2.3", False),
    ("10.1", "10.1.2.3", False),
    ("0.0.0.0/0", "10.1.2.3", True),
    ("0.0.0.0/0", "a.io", False),
    ("0.0.0.0/0", "[2001:db8::1]", False),
    ("2001:db8::1", "[2001:db8::1]:5000", True),
    ("[2001:db8::1]:5000", "[2001:db8::1]:5000", True),
    ("[2001:db8::1]:5000", "[2001:db8::1]", False),
    ("[2001:db8::1]", "[2001:db8::1]", False),
    ("2001:DB8::/32", "[2001:db8:9::1]", True),
    ("::/0", "10.1.2.3", False),
    ("bücher.example", "xn--bcher-kva.example", True),
    (".bücher.example", "x.xn--bcher-kva.example", True),
    (".bücher.example", "xn--bcher-kva.example", False),
    ("http://a.io", "a.io", False),
    ("a:b:c", "a.io", False),
    (":443", "a.io", False),
    (".", "a.io", False),
]


@pytest.mark.parametrize(("without", "host", "direct"), NO_PROXIES)
def test_no_proxy(without: str, host: str, direct: bool) -> None:
    """NO_PROXY names hosts, domains, IP addresses and networks, with ports or without."""
    environment = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": without}
    assert (proxy_for(parse(f"https://{host}/v2/"), environment) is None) == direct


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_loopback_needs_no_proxy(host: str) -> None:
    """Loopback is asked directly."""
    assert proxy_for(parse(f"https://{host}/"), {"HTTPS_PROXY": "http://proxy:3128"}) is None


@pytest.mark.parametrize(
    ("environment", "proxy", "login"),
    [
        ({}, None, b""),
        ({"HTTPS_PROXY": ""}, None, b""),
        ({"HTTP_PROXY": "http://p:1"}, None, b""),
        ({"HTTPS_PROXY": "http://p:1"}, "http://p:1/", b""),
        ({"HTTPS_PROXY": "http://p:1/"}, "http://p:1/", b""),
        ({"HTTPS_PROXY": " http://p:1 "}, "http://p:1/", b""),
        ({"HTTPS_PROXY": "p:3128"}, "http://p:3128/", b""),
        ({"HTTPS_PROXY": "p"}, "http://p:80/", b""),
        ({"HTTPS_PROXY": "https://p"}, "https://p:443/", b""),
        ({"HTTPS_PROXY": "https://[2001:db8::1]:3128"}, "https://[2001:db8::1]:3128/", b""),
        ({"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:1"}, "http://p:1/", b""),
        ({"https_proxy": "http://p:1", "ALL_PROXY": "http://q:1"}, "http://p:1/", b""),
        ({"ALL_PROXY": "http://p:1"}, "http://p:1/", b""),
        ({"all_proxy": "http://p:1"}, "http://p:1/", b""),
        ({"HTTPS_PROXY": "http://u:x@p:1"}, "http://p:1/", b"u:x"),
        ({"HTTPS_PROXY": "u:x@p:1"}, "http://p:1/", b"u:x"),
        ({"HTTPS_PROXY": "http://u@p:1"}, "http://p:1/", b"u:"),
        ({"HTTPS_PROXY": "http://@p:1"}, "http://p:1/", b""),
        (
            {"HTTPS_PROXY": "http://u%40corp:p%3A%2F%25%C3%A4@p:1"},
            "http://p:1/",
            "u@corp:p:/%ä".encode(),
        ),
        ({"HTTPS_PROXY": "http://u%ff:x@p:1"}, "http://p:1/", b"u\xff:x"),
        ({"HTTPS_PROXY": "http://u:x@y@p:1"}, "http://p:1/", b"u:x@y"),
    ],
)
def test_proxy(environment: dict[str, str], proxy: str | None, login: bytes) -> None:
    """A proxy is an address, with a user and password that may be percent-encoded."""
    found = proxy_for(parse("https://a.io/v2/"), environment)
    assert found == (None if proxy is None else (parse(proxy), login))


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "http://u:secret@",
        "http://u:secret@p:99999",
        "http://u:secret/more@p:1",
        "socks5://u:secret@p:1",
        "http://u:secret@p q",
        "http://u:secret@p\\q",
        "http:/u:secret@p",
        "http://p:1/secret",
        "://",
        "u:secret@",
    ],
)
def test_proxy_that_cannot_be_read(text: str) -> None:
    """What is no proxy is not passed over in silence, and not repeated: it may hold a password."""
    with pytest.raises(LockError) as caught:
        proxy_for(parse("https://a.io/v2/"), {"HTTPS_PROXY": text})
    assert str(caught.value) == (
        "HTTPS_PROXY: not the address of a proxy; write it as http://HOST:PORT"
    )


def test_login_of_a_proxy(certs: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy gets its user and password decoded; no message has them."""
    with server(tls=certs) as running, server() as proxy:
        proxy.behind = ("127.0.0.1", running.server_port)
        running.put("web:1", WEB)
        monkeypatch.setenv("HTTPS_PROXY", f"http://u%40corp:the%20s%C3%A9cret@{proxy.host}")
        assert ask("registry.invalid/web:1", ca=certs.ca).digest == top(WEB)
        assert proxy.requests == [("registry.invalid:443", basic("u@corp", "the sécret"))]
        assert {header for _, header in running.requests} == {""}

        proxy.misbehave = lambda handler: handler.answer(407)
        with pytest.raises(LockError, match="the proxy for it fails") as caught:
            ask("registry.invalid/web:1", ca=certs.ca)
        assert "cret" not in str(caught.value)


def test_proxy_with_tls(certs: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy may speak TLS itself, with a certificate that --ca-file trusts."""
    with server(tls=certs) as running, server(tls=certs) as proxy:
        proxy.behind = ("127.0.0.1", running.server_port)
        running.put("web:1", WEB)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert ask("registry.invalid/web:1", ca=certs.ca).digest == top(WEB)
        assert [path for path, _ in proxy.requests] == ["registry.invalid:443"]
