"""Addresses: where each spelling leads, or that it is refused; and that no login follows it astray."""

from __future__ import annotations

import contextlib
import itertools
import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry.asking import ask
from registry.content import image, top
from registry.debian import basic
from registry.server import Server, server
from urllib3.util import connection

from postrender.errors import LockError
from postrender.registry.address import Address, parse
from postrender.registry.credentials import Login

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.certificates import Certificates
    from registry.server import Handler

# Each spelling with the scheme, host, port and target that it means; None: refused.
SPELLINGS: list[tuple[str, tuple[str, str, int, str] | None]] = [
    # Plain ones, in any case, with and without port and path
    ("https://a.io/x", ("https", "a.io", 443, "/x")),
    ("https://a.io", ("https", "a.io", 443, "/")),
    ("https://a.io?x=1", ("https", "a.io", 443, "/?x=1")),
    ("https://a.io#x", ("https", "a.io", 443, "/")),
    ("https://a.io/x?y=1#z", ("https", "a.io", 443, "/x?y=1")),
    ("https://a.io/x#y?z", ("https", "a.io", 443, "/x")),
    ("HTTPS://A.IO/X", ("https", "a.io", 443, "/X")),
    ("HtTp://A.io/", ("http", "a.io", 80, "/")),
    ("https://a.io:443/", ("https", "a.io", 443, "/")),
    ("https://a.io:0443/", ("https", "a.io", 443, "/")),
    ("https://a.io:80/", ("https", "a.io", 80, "/")),
    ("http://a.io:80/", ("http", "a.io", 80, "/")),
    ("http://a.io:443/", ("http", "a.io", 443, "/")),
    ("https://a.io:/", ("https", "a.io", 443, "/")),
    ("https://a.io:", ("https", "a.io", 443, "/")),
    ("http://a.io:", ("http", "a.io", 80, "/")),
    ("https://a.io:65535/", ("https", "a.io", 65535, "/")),
    ("https://my_registry:5000/", ("https", "my_registry", 5000, "/")),
    ("https://a-b.c--d.io/", ("https", "a-b.c--d.io", 443, "/")),
    ("https://1.a.io/", ("https", "1.a.io", 443, "/")),
    ("https://1a/", ("https", "1a", 443, "/")),
    ("https://a.io//x", ("https", "a.io", 443, "//x")),
    ("https://a.io/@b.io/", ("https", "a.io", 443, "/@b.io/")),
    ("https://a.io/?@b.io/", ("https", "a.io", 443, "/?@b.io/")),
    ("https://a.io?@b.io/", ("https", "a.io", 443, "/?@b.io/")),
    ("https://a.io/%5C@b.io", ("https", "a.io", 443, "/%5C@b.io")),
    ("https://a.io/../x", ("https", "a.io", 443, "/../x")),
    ("https://a.io/x?to=https://b.io/", ("https", "a.io", 443, "/x?to=https://b.io/")),
    # Dots
    ("https://a.io./", ("https", "a.io", 443, "/")),
    ("https://a.io.:443/", ("https", "a.io", 443, "/")),
    ("https://A.IO.:5000/", ("https", "a.io", 5000, "/")),
    ("https://a.io../", None),
    ("https://.a.io/", None),
    ("https://a..io/", None),
    ("https://./", None),
    ("https://../", None),
    # Names beyond ASCII, and names that are too long
    ("https://xn--bcher-kva.example/", ("https", "xn--bcher-kva.example", 443, "/")),
    ("https://XN--BCHER-KVA.example/", ("https", "xn--bcher-kva.example", 443, "/")),
    ("https://bücher.example/", None),
    ("https://а.io/", None),  # noqa: RUF001 - a Cyrillic letter is the point
    ("https://a。io/", None),
    ("https://ａ.io/", None),  # noqa: RUF001
    ("https://a.ıo/", None),  # noqa: RUF001
    ("https://\u212a.io/", None),
    ("https://faß.de/", None),
    ("https://a\u200d.io/", None),
    ("https://a.io\u2028/", None),
    ("https://a.io/ü", None),
    ("https://\ud800.io/", None),
    ("https://" + "a" * 63 + ".io/", ("https", "a" * 63 + ".io", 443, "/")),
    ("https://" + "a" * 64 + ".io/", None),
    ("https://" + "a." * 126 + "io/", None),
    # Users and passwords
    ("https://u@a.io/", None),
    ("https://u:p@a.io/", None),
    ("https://@a.io/", None),
    ("https://:@a.io/", None),
    ("https://a.io@b.io/", None),
    ("https://a.io:443@b.io/", None),
    ("https://a.io%40b.io/", None),
    ("https://a.io@/", None),
    ("https://b.io;@a.io/", None),
    # Backslashes, blanks, control characters
    ("https://b.io:5000\\@a.io/x", None),
    ("https://b.io\\@a.io/", None),
    ("https://a.io\\.b.io/", None),
    ("https:\\\\a.io/", None),
    ("https:/\\a.io/", None),
    ("https://a.io\\x", None),
    ("https://a.io/\\x", None),
    ("https://a.io/x\\y", None),
    ("https://a.io /", None),
    (" https://a.io/", None),
    ("https://a.io/ ", None),
    ("https://a.io/\n", None),
    ("https://a.io\n/", None),
    ("https://a.io/x y", None),
    ("https://a.\tio/", None),
    ("ht\ttps://a.io/", None),
    ("https://a.io\r\nX: y/", None),
    ("https://a.io\0.b.io/", None),
    ("https://a.io/\x7f", None),
    ("https://a.io/\x80", None),
    ("https://a.io\x0b/", None),
    ("https://a.io\xa0/", None),
    # Encoded hosts, and characters that no host has
    ("https://%61.io/", None),
    ("https://a%2eio/", None),
    ("https://a.io%00/", None),
    ("https://a.io%2f/", None),
    ("https://a,b.io/", None),
    ("https://a.io,b.io/", None),
    ("https://a*b.io/", None),
    ("https://a.io|/", None),
    ("https://a.io^/", None),
    ("https://$(id).io/", None),
    ("https://-a.io/", None),
    ("https://a-.io/", None),
    # Ports
    ("https://a.io:0/", None),
    ("https://a.io:65536/", None),
    ("https://a.io:99999999999999999999/", None),
    ("https://a.io:-1/", None),
    ("https://a.io:+443/", None),
    ("https://a.io:4 43/", None),
    ("https://a.io:４４３/", None),  # noqa: RUF001
    ("https://a.io:0x1bb/", None),
    ("https://a.io:443:443/", None),
    ("https://a.io::443/", None),
    ("https://:443/", None),
    # IPv4
    ("http://127.0.0.1:5000/", ("http", "127.0.0.1", 5000, "/")),
    ("http://127.0.0.1./", ("http", "127.0.0.1", 80, "/")),
    ("http://127.1/", None),
    ("http://0177.0.0.1/", None),
    ("http://127.0.0.01/", None),
    ("http://0x7f.0.0.1/", None),
    ("http://0x7f000001/", None),
    ("http://2130706433/", None),
    ("http://017700000001/", None),
    ("http://127.0.0.0x1/", None),
    ("http://127.0.0.256/", None),
    ("http://1.2.3.4.5/", None),
    ("http://a.1/", None),
    ("http://0/", None),
    ("http://0x/", None),
    ("http://①27.0.0.1/", None),
    # IPv6
    ("http://[::1]/", ("http", "::1", 80, "/")),
    ("http://[::1]:5000/", ("http", "::1", 5000, "/")),
    ("http://[::1]:/", ("http", "::1", 80, "/")),
    ("http://[0:0:0:0:0:0:0:1]/", ("http", "::1", 80, "/")),
    ("http://[0000::0001]/", ("http", "::1", 80, "/")),
    ("http://[2001:DB8::A]/", ("http", "2001:db8::a", 80, "/")),
    ("http://[::ffff:127.0.0.1]/", ("http", "127.0.0.1", 80, "/")),
    ("http://[::ffff:7f00:1]/", ("http", "127.0.0.1", 80, "/")),
    ("http://[::127.0.0.1]/", ("http", "::7f00:1", 80, "/")),
    ("http://[fe80::1%25eth0]/", None),
    ("http://[fe80::1%eth0]/", None),
    ("http://[::1%25lo]/", None),
    ("http://[::1%251]/", None),
    ("http://[::1]x/", None),
    ("http://[::1].a.io/", None),
    ("http://[::1/", None),
    ("http://::1/", None),
    ("http://::1]/", None),
    ("http://[]/", None),
    ("http://[:::::]/", None),
    ("http://[::g]/", None),
    ("http://[127.0.0.1]/", None),
    ("http://[a.io]/", None),
    ("http://[v1.a]/", None),
    ("http://[::1]@a.io/", None),
    ("http://[[::1]]/", None),
    # Other forms
    ("", None),
    ("https:", None),
    ("https://", None),
    ("https:///", None),
    ("https:///a.io/", None),
    ("https:/a.io/", None),
    ("https:a.io/", None),
    ("https//a.io/", None),
    ("//a.io/", None),
    ("a.io/x", None),
    ("/x", None),
    ("ftp://a.io/", None),
    ("file:///etc/passwd", None),
    ("file://a.io/etc/passwd", None),
    ("javascript:alert(1)", None),
    ("https+unix://a.io/", None),
    ("view-source:https://a.io/", None),
    ("url:https://a.io/", None),
    ("https://?a.io", None),
    ("https://#a.io", None),
]


@pytest.mark.parametrize(("text", "meant"), SPELLINGS, ids=[ascii(text) for text, _ in SPELLINGS])
def test_spellings(text: str, meant: tuple[str, str, int, str] | None) -> None:
    """An address is refused, or it has one meaning, which is the same if it is read again."""
    if meant is None:
        with pytest.raises(ValueError, match=r"."):
            parse(text)
        return
    address = parse(text)
    assert address == meant
    assert parse(f"{address.scheme}://{address.netloc}{address.target}") == address


@pytest.mark.parametrize(
    ("reference", "there"),
    [
        ("/x", "https://a.io:5000/x"),
        ("x", "https://a.io:5000/v2/web/x"),
        ("?x", "https://a.io:5000/v2/web/1?x"),
        ("#x", "https://a.io:5000/v2/web/1"),
        ("../x", "https://a.io:5000/v2/x"),
        ("../../../../x", "https://a.io:5000/x"),
        ("./x:y", "https://a.io:5000/v2/web/x:y"),
        ("@b.io/x", "https://a.io:5000/v2/web/@b.io/x"),
        ("/x@sha256:1", "https://a.io:5000/x@sha256:1"),
        ("/.//b.io/x", "https://a.io:5000//b.io/x"),
        ("//b.io/x", "https://b.io/x"),
        ("//b.io:5000", "https://b.io:5000/"),
        ("https://b.io/", "https://b.io/"),
        ("http://b.io/", "http://b.io/"),
        ("///b.io/x", ""),
        ("////b.io/x", ""),
        ("/\\b.io/x", ""),
        ("\\\\b.io/x", ""),
        ("/\t/b.io/x", ""),
        ("\t//b.io/x", ""),
        ("//a.io:5000@b.io/x", ""),
        ("//b.io\\@a.io:5000/x", ""),
        ("https:x", ""),
        ("https:/b.io", ""),
        ("b.io:5000/x", ""),
        ("x y", ""),
        ("", ""),
    ],
)
def test_references(reference: str, there: str) -> None:
    """What has no host stays with the host that says it; what cannot be read leads nowhere."""
    here = parse("https://a.io:5000/v2/web/1")
    if there:
        assert here.resolved(reference) == parse(there)
        return
    with pytest.raises(ValueError, match=r"."):
        here.resolved(reference)


@given(st.text(st.sampled_from("/\\@:.?#%[]1a;,\t\n \u3002b"), max_size=12))
def test_a_reference_without_host_stays(reference: str) -> None:
    """Whatever a redirect says: another origin has been parsed as an address, or it is the same."""
    here = parse("https://a.io:5000//b/1")
    with contextlib.suppress(ValueError):
        there = here.resolved(reference)
        assert there.target.startswith("/")
        assert there.origin == here.origin or reference.startswith("//")


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("[::ffff:127.0.0.1]", True),
        ("localhost.a.io", False),
        ("127.0.0.1.a.io", False),
        ("0.0.0.0", False),
        ("[::]", False),
        ("128.0.0.1", False),
        ("xlocalhost", False),
    ],
)
def test_loopback(host: str, is_loopback: bool) -> None:
    """Plain HTTP is for this machine, which has a few names."""
    assert parse(f"http://{host}/").is_loopback is is_loopback


# End to end: the login of one registry, and a server that would like to have it

LOGIN = Login("user", "the secret")
WEB = image(["/web"])
HEADER = basic("user", "the secret")


class Pair:
    """A registry that wants a login, and a thief that takes any."""

    def __init__(self, registry: Server, thief: Server) -> None:
        self.registry, self.thief = registry, thief
        self.location = self.realm = ""
        self.reference = registry.put("web:1", WEB)
        registry.misbehave = self.answer
        thief.misbehave = lambda handler: handler.answer(
            401, b"", {"WWW-Authenticate": 'Basic realm="x"'}
        )

    def answer(self, handler: Handler) -> bool | None:
        """Asks for a login, in the way that is tried, and then leads to where the thief may be."""
        if "/manifests/1" not in handler.path:
            return None
        if self.realm:
            quoted = self.realm.replace("\\", "\\\\")
            challenge = f'Bearer realm="{quoted}",service="x"'
            return handler.answer(401, b"", {"WWW-Authenticate": challenge})
        if handler.headers.get("Authorization") != HEADER:
            return handler.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        return handler.answer(307, b"", {"Location": self.location})

    def stolen(self) -> set[str]:
        """The logins that the thief gets from one run. Its message repeats nothing of theirs."""
        self.thief.requests.clear()
        try:
            ask(self.reference, login=LOGIN, read_timeout=1.0, patience=2.0)
        except LockError as error:
            (line,) = map(str, error.messages)
            assert "secret" not in line
            assert line.isascii()
            assert line.isprintable()
        return {header for _, header in self.thief.requests} - {""}


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Both, without TLS, for many runs."""
    with server() as registry, server() as thief:
        yield Pair(registry, thief)


# What stands between the parts of an address that tries to look like another one.
MASKS = (
    "http://{other}\\@{own}/x",
    "https://{other}\\@{own}/x",
    "http://{other}/\\@{own}/x",
    "http://{own}@{other}/x",
    "http://{own}\\@{other}/x",
    "http://{own}#@{other}/x",
    "http://{own}?@{other}/x",
    "http://{other}#@{own}/x",
    "http://{other}?@{own}/x",
    "http://{other};@{own}/x",
    "http://u:p@{other}/x",
    "http://{other}%40{own}/x",
    "http://{other}%5c@{own}/x",
    "http://{own}%2f@{other}/x",
    "http:\\\\{other}\\x",
    "http:/\\{other}/x",
    "\\\\{other}/x",
    "/\\{other}/x",
    "//{other}/x",
    "//{own}@{other}/x",
    "///{other}/x",
    "http:{other}/x",
    "http:/{other}/x",
    "http:///{other}/x",
    "\thttp://{other}/x",
    "http://{other}\t@{own}/x",
    "http://{other}\xa0@{own}/x",
    "http://{other}",
    "HTTP://{other}/x",
    "http://{other}./x",
)


@pytest.mark.parametrize("mask", MASKS, ids=ascii)
def test_no_redirect_takes_the_login(pair: Pair, mask: str) -> None:
    """However a redirect is spelled: the login goes to the registry only, and no other origin."""
    pair.realm = ""
    pair.location = mask.format(own=pair.registry.host, other=pair.thief.host)
    assert pair.stolen() == set()


@pytest.mark.parametrize("mask", MASKS, ids=ascii)
def test_no_realm_takes_the_login_off_loopback(pair: Pair, mask: str) -> None:
    """
    A realm may name any token service on loopback, and it gets the login; what is no plain address
    gets nothing, and what is off loopback is not asked without TLS.
    """
    pair.realm = mask.format(own=pair.registry.host, other=pair.thief.host)
    plain = {"http://{other}", "HTTP://{other}/x"}
    plain |= {"http://{other}?@{own}/x", "http://{other}#@{own}/x"}  # not the host behind the sign
    assert pair.stolen() == ({HEADER} if mask in plain else set())


PIECES = (
    "{own}",
    "{other}",
    "http:",
    "https:",
    "//",
    "/",
    "\\",
    "@",
    "#",
    "?",
    ":",
    ".",
    "%40",
    "u:p",
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8))
def test_no_spelling_takes_the_login(pair: Pair, pieces: list[str]) -> None:
    """Nor does any other mixture of the pieces that addresses are made of."""
    pair.realm = ""
    pair.location = "".join(pieces).format(own=pair.registry.host, other=pair.thief.host)
    assert pair.stolen() == set()


@pytest.mark.parametrize("kind", ["Location", "realm"])
def test_plain_http_off_loopback(pair: Pair, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """No connection off loopback is without TLS, however its address is spelled."""
    connected: list[tuple[str, int]] = []
    real = connection.create_connection
    monkeypatch.setattr(
        connection,
        "create_connection",
        lambda place, *args, **kwargs: connected.append(place) or real(place, *args, **kwargs),
    )
    hosts = ("192.0.2.1", "2130706433", "127.1", "0x7f.1", "localhost.a.invalid", "0.0.0.0", "[::]")
    ends = ("/", ":80/", "\\@127.0.0.1/", "\\@{own}/", "#@127.0.0.1/")
    for host, end in itertools.product(hosts, ends):
        text = f"http://{host}{end.format(own=pair.registry.host)}"
        pair.location, pair.realm = (text, "") if kind == "Location" else ("", text)
        assert pair.stolen() == set()
    own = ("127.0.0.1", pair.registry.server_port)
    assert set(connected) == {own}


def test_one_origin_in_two_spellings(certs: Certificates) -> None:
    """Case and an empty or usual port make no other origin: the login goes along."""
    with server(tls=certs) as registry:
        port = registry.server_port
        reference = registry.put("web:1", WEB).replace("127.0.0.1", "localhost")
        registry.put("web:2", WEB)

        def lead(handler: Handler) -> bool | None:
            if handler.headers.get("Authorization") != HEADER:
                return handler.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
            if handler.path.endswith("/manifests/1"):
                there = f"HTTPS://LOCALHOST.:{port:05}/v2/web/manifests/2"
                return handler.answer(307, b"", {"Location": there})
            return None

        registry.misbehave = lead
        assert ask(reference, login=LOGIN, ca=certs.ca).digest == top(WEB)


def test_ipv6() -> None:
    """A registry under an IPv6 address is asked there."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server(at="::1") as running:
        assert running.host == f"[::1]:{running.server_port}"
        reference = running.put("web:1", WEB)
        assert ask(reference).digest == top(WEB)
        assert ask(reference.replace("[::1]", "[0:0::0001]")).digest == top(WEB)


@pytest.mark.parametrize("host", ["[:::::]", "[1:2]", "a.io:99999", "127.1:5000", "1.2.3.4.5"])
def test_host_of_an_image(host: str) -> None:
    """An image whose host is no host is one line."""
    with pytest.raises(LockError) as caught:
        ask(f"{host}/x:1")
    (line,) = map(str, caught.value.messages)
    assert line.startswith(f"{host}/x:1: ")


def test_values_are_frozen() -> None:
    """An address that was checked cannot become another one."""
    address = parse("https://a.io/")
    with pytest.raises(AttributeError):
        address.host = "b.io"  # type: ignore[misc]
    assert isinstance(address, Address)
