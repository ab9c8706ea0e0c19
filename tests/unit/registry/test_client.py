"""TLS and logins, with registries as they are run for real."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest
from registry.asking import ask
from registry.content import image, top
from registry.debian import HASH, PASSWORD, USER, basic, docker_registry
from registry.server import server, signed_token, token_service

from postrender.engine.lockfile import Config, Entry
from postrender.errors import LockError
from postrender.registry.credentials import Login

if TYPE_CHECKING:
    from pathlib import Path

    from registry.certificates import Certificates

WEB = image(["/web"])
WEB_CONFIG = Config(("/web",), (), "", "")


def test_tls(tmp_path: Path, certs: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of an own CA is trusted where that CA is given, as a file or to OpenSSL."""
    tls = (certs.certificate, certs.key)
    with docker_registry(tmp_path / "tls", tls=tls, ca=certs.ca) as running:
        reference = running.push("web:1", WEB)
        expected = Entry(top(WEB), {"linux/amd64": WEB_CONFIG})
        assert ask(reference, ca=certs.ca) == expected
        with pytest.raises(
            LockError, match=r"its certificate is not trusted \(OpenSSL's code \d+\); .*--ca-file"
        ):
            ask(reference)
        monkeypatch.setenv("SSL_CERT_FILE", str(certs.ca))
        assert ask(reference) == expected


def test_basic_login(tmp_path: Path) -> None:
    """A registry with basic authentication is told user and password, in UTF-8."""
    htpasswd = tmp_path / "htpasswd"
    htpasswd.write_text(f"{USER}:{HASH}\n", encoding="utf-8")
    auth = {"htpasswd": {"realm": "Registry Realm", "path": str(htpasswd)}}
    with docker_registry(tmp_path / "basic", auth=auth, authorization=basic()) as running:
        reference = running.push("web:1", WEB)
        assert ask(reference, login=Login(USER, PASSWORD)).digest == top(WEB)
        for login in (None, Login(USER, "wrong"), Login("", "an identity token")):
            with pytest.raises(
                LockError, match=r"refuses it \(401\); run \"docker login"
            ) as caught:
                ask(reference, login=login)
            assert "wrong" not in str(caught.value)


def test_token_login(tmp_path: Path, certs: Certificates) -> None:
    """
    A registry with a token service gets tokens for nobody, for a user, and for an identity token.
    """
    signed = functools.partial(signed_token, certs, tmp_path)
    users = {"": "nobody", basic(): USER, "the identity token": USER}
    with server(token_service(users, signed)) as service:
        realm = f"http://{service.host}/token?account=test"
        auth = {"token": {"realm": realm, "service": "the registry", "issuer": "test",
                          "rootcertbundle": str(certs.certificate)}}  # fmt: skip
        push = f"Bearer {signed('the registry', 'repository:team/web:pull,push')}"
        with docker_registry(tmp_path / "token", auth=auth, authorization=push) as running:
            reference = running.push("team/web:1", WEB)
            for login in (None, Login(USER, PASSWORD), Login("", "the identity token")):
                assert ask(reference, login=login).digest == top(WEB)
            scope = "scope=repository%3Ateam%2Fweb%3Apull"
            asked = [path for path, _ in service.requests if path != "/token?account=test"]
            assert asked == [f"/token?account=test&{scope}&service=the+registry"] * 2
            assert [header for _, header in service.requests] == ["", basic(), ""]
            for login in (Login(USER, "wrong"), Login("", "another")):
                with pytest.raises(LockError, match=r"refuses it \(401\)"):
                    ask(reference, login=login)
