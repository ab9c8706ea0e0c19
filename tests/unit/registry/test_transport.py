"""Registries that hang, lie, answer garbage, send gigabytes or lead elsewhere."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from registry import certificates
from registry.asking import ask
from registry.content import Content, digest, image, index, top
from registry.debian import basic
from registry.server import server

from postrender.engine.lockfile import Config, Entry
from postrender.errors import LockError
from postrender.registry.address import Address
from postrender.registry.client import Client
from postrender.registry.credentials import Login
from postrender.registry.images import ask_all
from postrender.registry.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from registry.certificates import Certificates
    from registry.server import Handler, Misbehave

WEB = image(["/web"])
ENTRY = Entry(top(WEB), {"linux/amd64": Config(("/web",), (), "", "")})
BLOB, MANIFEST = WEB.parts[0][1], WEB.parts[1][1]
LOGIN = Login("user", "the secret")
HEADER = basic("user", "the secret")


def failure(misbehave: Misbehave, content: Content = WEB, **kwargs: Any) -> str:
    """The line that says why an image of a misbehaving registry is not had, and how fast."""
    with server(misbehave) as running:
        reference = running.put("web:1", content)
        began = time.monotonic()
        with pytest.raises(LockError) as caught:
            ask(reference, **{"read_timeout": 1.0, "patience": 0.5, **kwargs})
        assert time.monotonic() - began < 5
    (line,) = map(str, caught.value.messages)
    assert line.startswith(f"{reference}: ")
    assert "secret" not in line
    return line.replace(running.host, "HOST")


def on(part: str, do: Callable[[Handler], bool | None]) -> Misbehave:
    """Misbehaves where a path has a part; the probe for TLS stays as it is."""
    return lambda handler: do(handler) if part in handler.path else None


def body(media_type: str, text: bytes) -> Callable[[Handler], bool]:
    """Answers with this body."""
    return lambda handler: handler.answer(200, text, {"Content-Type": media_type})


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("do", "message"),
    [
        pytest.param(
            lambda handler: handler.server.ended.wait(), "does not answer", id="never answers"
        ),
        pytest.param(
            lambda handler: handler.stream(HEAD + b"Content-Length: 10\r\n\r\n", b"", 1),
            "does not answer",
            id="stops after the head",
        ),
        pytest.param(
            lambda handler: handler.stream(HEAD + b"\r\n", b" ", 0.05),
            "takes too long",
            id="a byte at a time",
        ),
        pytest.param(
            lambda handler: handler.stream(HEAD, b"x", 0.05),
            "no answer within 0.5 s",
            id="a head without end",
        ),
        pytest.param(
            lambda handler: handler.stream(HEAD + b"\r\n", b" " * (1 << 16)),
            "sends more than 4 MiB",
            id="gigabytes",
        ),
        pytest.param(
            lambda handler: handler.stream(b"\0garbage\r\n" * 99, b"", 1),
            "breaks off the connection",
            id="no HTTP",
        ),
        pytest.param(
            lambda handler: handler.stream(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 999, b"", 1),
            "breaks off the connection",
            id="too many header fields",
        ),
        pytest.param(
            lambda handler: handler.answer(500), "answers with status 500", id="server error"
        ),
        pytest.param(lambda handler: handler.answer(403), "refuses it (403)", id="forbidden"),
        pytest.param(
            lambda handler: handler.answer(200, BLOB, {"Docker-Content-Digest": top(WEB)}),
            f"sends {digest(BLOB)} as {top(WEB)}; do not trust it",
            id="another digest than its own",
        ),
    ],
)
def test_misbehaviour(do: Callable[[Handler], bool | None], message: str) -> None:
    """Whatever a registry does, it ends soon, with one line that names the image."""
    assert message in failure(on("/manifests/", do))


def test_no_more_is_read_than_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size that is announced is no matter; what comes is counted, and then nobody listens."""
    sent = []

    def flood(handler: Handler) -> bool:
        handler.wfile.write(HEAD + b"Content-Length: 99999999999\r\n\r\n")
        while not handler.server.ended.is_set():
            handler.wfile.write(b" " * 65536)
            sent.append(65536)
        return True

    assert "sends more than 8 MiB" in failure(on("/blobs/", flood))
    assert sum(sent) < 16 << 20


@pytest.mark.parametrize("part", ["/manifests/sha256:", "/blobs/sha256:"])
def test_lie_about_a_digest(part: str) -> None:
    """What is asked for by digest must have it, whatever the header says."""
    evil = image(["/evil"])
    text = evil.parts[0][1] if "blobs" in part else evil.parts[1][1]
    message = failure(on(part, body("", text)), index(WEB))
    assert f"linux/amd64: HOST sends {digest(text)} as sha256:" in message


def manifest(**fields: Any) -> bytes:
    """The manifest with other fields; None takes one out."""
    data = {**json.loads(MANIFEST), **fields}
    return json.dumps({key: value for key, value in data.items() if value is not None}).encode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(b"<html>", "is no image", id="HTML"),
        pytest.param(b"\xff", "is no image", id="not UTF-8"),
        pytest.param(b"[]", "is no image", id="a list"),
        pytest.param(b"[" * 100_000, "is no image", id="deep"),
        pytest.param(b'{"a": 1' + b"0" * 9999 + b"}", "is no image", id="a long number"),
        pytest.param(b"{}", "is no image", id="empty"),
        pytest.param(manifest(manifests=[]), "is no image", id="manifest and index in one"),
        pytest.param(manifest(config=None), "is no image", id="no config"),
        pytest.param(manifest(config=[]), "is no image", id="a list as config"),
        pytest.param(manifest(schemaVersion=1), "old format (schema 1)", id="schema 1"),
        pytest.param(
            manifest(config={**json.loads(MANIFEST)["config"], "digest": "sha256:../../x"}),
            "is no image",
            id="no digest",
        ),
        pytest.param(b'{"manifests": 1}', "is no image", id="a number as index"),
        pytest.param(b'{"manifests": [1]}', "is no image", id="numbers in an index"),
        pytest.param(b'{"manifests": []}', "holds no images", id="an empty index"),
    ],
)
def test_garbage(text: bytes, message: str) -> None:
    """What is no manifest is called that."""
    assert message in failure(on("/manifests/", body("", text)))


@pytest.mark.parametrize(
    "config",
    [
        pytest.param([], id="a list"),
        pytest.param({"Entrypoint": "sh"}, id="a text as ENTRYPOINT"),
        pytest.param({"Cmd": [1]}, id="a number in CMD"),
        pytest.param({"Cmd": ["\ud800"]}, id="half a surrogate pair"),
        pytest.param({"User": 0}, id="a number as user"),
    ],
)
def test_garbage_in_the_configuration(config: Any) -> None:
    """A configuration of another form is not guessed at."""
    blob = json.dumps({"os": "linux", "architecture": "amd64", "config": config}).encode()
    told = {**json.loads(MANIFEST)["config"], "digest": digest(blob)}
    media_type = WEB.parts[1][0]
    content = Content([("", blob), (media_type, manifest(config=told))], None)
    assert "is no image" in failure(lambda _: None, content)


def test_index_without_end() -> None:
    """An index in an index in an index is enough."""
    content = index(index(index(index(index(WEB)))))
    assert "nests indexes endlessly" in failure(lambda _: None, content, patience=5.0)


def test_others_are_not_held_up() -> None:
    """A registry that hangs keeps nobody from the images of another."""
    hang = on("/manifests/", lambda handler: handler.stream(HEAD, b"x", 0.05))
    with server(hang) as bad, server() as good:
        wanted = {bad.put(f"web{i}:1", WEB): set[str]() for i in range(9)}
        wanted |= {good.put(f"web{i}:1", WEB): set[str]() for i in range(9)}
        client = Client(Transport(read_timeout=1.0), lambda *_: None)
        answers = ask_all(client, wanted, patience=0.5)
    assert {reference for reference, answer in answers.items() if answer == ENTRY} == {
        f"{good.host}/web{i}:1" for i in range(9)
    }
    assert all("no answer within 0.5 s" in str(answers[f"{bad.host}/web{i}:1"]) for i in range(9))


def test_passing_troubles() -> None:
    """A registry that is busy is asked again, and a connection is used again."""
    asked = []

    def busy(handler: Handler) -> bool | None:
        asked.append(handler.path)
        return handler.answer(503 if len(asked) == 1 else 429) if len(asked) < 3 else None

    with server(on("/manifests/", busy)) as running:
        reference = running.put("web:1", WEB)
        assert ask(reference) == ENTRY
        # One that tried TLS, and one for everything else.
        assert running.connections == 2
    assert len(asked) == 3


def test_long_pause() -> None:
    """A registry that wants minutes is not waited for."""
    do = on("/manifests/", lambda handler: handler.answer(429, b"", {"Retry-After": "600"}))
    assert "too many requests (429)" in failure(do)


# Redirects


def needs_login(handler: Handler) -> bool | None:
    """A registry with basic authentication."""
    if handler.headers.get("Authorization") == HEADER:
        return None
    return handler.answer(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})


def test_redirect_takes_no_login_along() -> None:
    """Blobs may lie on another host, which sees no login, not even if it asks for one."""
    with server() as elsewhere, server() as running:
        elsewhere.put("store:1", WEB)

        def lead_away(handler: Handler) -> bool | None:
            if "/blobs/" not in handler.path:
                return needs_login(handler)
            place = handler.path.replace("/v2/web/", "/v2/store/")
            return handler.answer(307, b"", {"Location": f"{elsewhere.url}{place}?signed=yes"})

        running.misbehave = lead_away
        elsewhere.content = {f"{path}?signed=yes": c for path, c in elsewhere.content.items()}
        reference = running.put("web:1", WEB)
        assert ask(reference, login=LOGIN) == ENTRY
        assert [header for _, header in elsewhere.requests] == [""]
        assert HEADER in [header for _, header in running.requests]

        elsewhere.misbehave = needs_login
        with pytest.raises(LockError, match=r"refuses it \(401\)"):
            ask(reference, login=LOGIN)
        assert {header for _, header in elsewhere.requests} == {""}


def test_redirect_at_home() -> None:
    """Within its own host a registry may redirect, and the login goes along."""

    def lead_on(handler: Handler) -> bool | None:
        if handler.path.endswith("/manifests/1"):
            return handler.answer(302, b"", {"Location": "/v2/web/manifests/2"})
        return needs_login(handler)

    with server(lead_on) as running:
        reference = running.put("web:1", WEB)
        running.put("web:2", WEB)
        assert ask(reference, login=LOGIN) == ENTRY


@pytest.mark.parametrize(
    ("target", "message"),
    [
        pytest.param("/v2/web/manifests/1", "redirects endlessly", id="to itself"),
        pytest.param(
            "http://192.0.2.1/", "redirects to an address without TLS", id="off this machine"
        ),
        pytest.param(
            "file:///etc/passwd",
            "redirects to something that is not a plain address",
            id="to a file",
        ),
        pytest.param(
            "http://[", "redirects to something that is not a plain address", id="to nowhere"
        ),
        pytest.param(
            "https://x:99999/", "redirects to something that is not a plain address", id="no port"
        ),
    ],
)
def test_redirects_that_are_not_followed(target: str, message: str) -> None:
    """A redirect leads to TLS, or stays on loopback."""
    do = on("/manifests/", lambda handler: handler.answer(302, b"", {"Location": target}))
    assert message in failure(do)


def test_redirect_from_tls(certs: Certificates) -> None:
    """Who speaks TLS does not lead to plain HTTP, not even on loopback."""
    with server() as plain:
        there = plain.put("web:1", WEB).replace("/web:1", "/v2/web/manifests/1")
        do = on("/manifests/", lambda h: h.answer(302, b"", {"Location": f"http://{there}"}))
        with server(do, tls=certs) as running:
            reference = running.put("web:1", WEB)
            with pytest.raises(LockError, match="redirects to an address without TLS"):
                ask(reference, ca=certs.ca)
        assert plain.requests == []


# Tokens


def challenge(header: str) -> Misbehave:
    """A registry that answers every request with this challenge."""
    return on("/v2/web", lambda handler: handler.answer(401, b"", {"WWW-Authenticate": header}))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        pytest.param("", "refuses it (401)", id="none"),
        pytest.param("Negotiate", "refuses it (401)", id="another scheme"),
        pytest.param("Bearer", "names no plain address to get a token from", id="no realm"),
        pytest.param(
            'Bearer realm="http://192.0.2.1/token"',
            "names an address without TLS to get a token from",
            id="no TLS",
        ),
        pytest.param(
            'Bearer realm="https:///"',
            "names no plain address to get a token from",
            id="no host in the realm",
        ),
    ],
)
def test_challenges(header: str, message: str) -> None:
    """A challenge that cannot be met safely is not met."""
    assert message in failure(challenge(header), login=LOGIN)


def test_token_service_without_tls(certs: Certificates) -> None:
    """A registry with TLS does not send a login over a line without."""
    with server() as service:
        do = challenge(f'Bearer realm="http://{service.host}/token"')
        with server(do, tls=certs) as running:
            reference = running.put("web:1", WEB)
            with pytest.raises(LockError, match="names an address without TLS"):
                ask(reference, ca=certs.ca, login=LOGIN)
        assert service.requests == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(b"garbage", "returns no token", id="garbage"),
        pytest.param(b"[]", "returns no token", id="a list"),
        pytest.param(b"{}", "returns no token", id="nothing"),
        pytest.param(b'{"token": "a\\r\\nX: y"}', "returns no token", id="a token with lines"),
        pytest.param(b'{"access_token": 1}', "returns no token", id="a number"),
        pytest.param(b" " * (2 << 20), "sends more than 1 MiB", id="too much"),
        pytest.param(b'{"token": "good"}', "refuses it (401)", id="a token that nobody wants"),
    ],
)
def test_tokens(answer: bytes, message: str) -> None:
    """What a token service says is looked at before it is used."""
    with server(lambda handler: handler.answer(200, answer)) as service:
        line = failure(challenge(f'Bearer realm="{service.url}/token"'))
    assert message in line


def test_several_challenges() -> None:
    """Of several challenges in one header each keeps its own parameters."""
    with server(lambda handler: handler.answer(200, b'{"token": "good"}')) as service:
        header = f'Basic realm="no, \\"this\\" one", Bearer realm="{service.url}/token",service=x'

        def ask_for_token(handler: Handler) -> bool | None:
            if handler.headers.get("Authorization") == "Bearer good":
                return None
            return handler.answer(401, b"", {"WWW-Authenticate": header})

        with server(ask_for_token) as running:
            reference = running.put("web:1", WEB)
            assert ask(reference) == ENTRY
        assert [path for path, _ in service.requests] == [
            "/token?scope=repository%3Aweb%3Apull&service=x"
        ]


# Proxies, names


def test_proxy(certs: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry is asked through the proxy of the environment, loopback and NO_PROXY are not."""
    with server(tls=certs) as running, server() as proxy:
        proxy.behind = ("127.0.0.1", running.server_port)
        reference = running.put("web:1", WEB)
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@{proxy.host}")
        assert ask(reference, ca=certs.ca) == ENTRY
        assert proxy.requests == []

        assert ask("registry.invalid/web:1", ca=certs.ca) == ENTRY
        assert proxy.requests == [("registry.invalid:443", basic("user", "secret"))]

        proxy.misbehave = lambda handler: handler.answer(407)
        with pytest.raises(LockError, match="the proxy for it fails; check HTTPS_PROXY") as caught:
            ask("registry.invalid/web:1", ca=certs.ca)
        assert "secret" not in str(caught.value)

        monkeypatch.setenv("NO_PROXY", "registry.invalid")
        with pytest.raises(
            LockError, match=r"host not found; check its name; is there a network\?"
        ):
            ask("registry.invalid/web:1", ca=certs.ca)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        pytest.param({"names": "DNS:other.example"}, "is for another host", id="another host's"),
        pytest.param({"days": -1}, "has expired; ask the registry's operators", id="expired"),
    ],
)
def test_a_certificate_that_the_ca_cannot_help(
    tmp_path: Path, made: dict[str, Any], message: str
) -> None:
    """The message does not ask for a CA's certificate where that would change nothing."""
    certs = certificates.make(tmp_path, **made)
    with server(tls=certs) as running:
        reference = running.put("web:1", WEB)
        with pytest.raises(LockError, match=f"its certificate {message}"):
            ask(reference, ca=certs.ca)


def test_plain_http_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP is for loopback: any other host must speak TLS."""
    monkeypatch.setattr(Address, "is_loopback", False)
    assert "does not speak TLS; plain HTTP is for loopback only" in failure(lambda _: None)


def test_ca_file_that_is_none(tmp_path: Any) -> None:
    """A file without certificates is refused before anybody is asked."""
    file = tmp_path / "ca.pem"
    for text in ("", "garbage"):
        file.write_text(text)
        with pytest.raises(LockError, match=r"ca.pem: no certificates can be read from it"):
            Transport(ca_file=str(file))
    with pytest.raises(LockError, match="no certificates"):
        Transport(ca_file=str(tmp_path / "missing.pem"))
