"""Logins from the files that Docker and podman keep, and from credential helpers."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from postrender.errors import LockError
from postrender.registry import credentials
from postrender.registry.client import Client
from postrender.registry.credentials import Login, config_files, login_for
from postrender.registry.images import ask_all
from postrender.registry.transport import Transport
from registry.content import image
from registry.server import server

if TYPE_CHECKING:
    from pathlib import Path

HUB = "https://index.docker.io/v1/"
ANN = {"auth": base64.b64encode(b"ann:the:secret").decode()}


def config(folder: Path, data: Any) -> list[str]:
    """Docker's config file with this data, as the list of files to look into."""
    file = folder / "config.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return [str(file)]


def helper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Puts a helper called docker-credential-test on the PATH."""
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.mark.parametrize(
    ("host", "auths", "login"),
    [
        pytest.param("a.io", {"a.io": ANN}, Login("ann", "the:secret"), id="by host"),
        pytest.param("a.io:5000", {"a.io:5000": ANN}, Login("ann", "the:secret"), id="by port"),
        pytest.param("a.io:5000", {"a.io": ANN}, None, id="another port"),
        pytest.param("a.io", {"b.io": ANN}, None, id="another host"),
        pytest.param("a.io", {"a.io.evil": ANN}, None, id="a longer host"),
        pytest.param("a.io", {"https://a.io/v1/": ANN}, Login("ann", "the:secret"), id="as URL"),
        pytest.param("a.io", {"a.io/team": ANN}, Login("ann", "the:secret"), id="podman's path"),
        pytest.param("registry-1.docker.io", {HUB: ANN}, Login("ann", "the:secret"), id="hub"),
        pytest.param(
            "registry-1.docker.io", {"docker.io": ANN}, Login("ann", "the:secret"), id="podman's"
        ),
        pytest.param(
            "a.io", {"a.io": {"username": "ann", "password": "x"}}, Login("ann", "x"), id="plain"
        ),
        pytest.param(
            "a.io", {"a.io": {**ANN, "identitytoken": "t"}}, Login("", "t"), id="identity token"
        ),
        pytest.param("a.io", {"a.io": {}}, None, id="empty, as beside a helper"),
        pytest.param("a.io", {"a.io": {"auth": "%"}}, None, id="no base64"),
        pytest.param("a.io", {"a.io": {"auth": 1}}, None, id="a number"),
        pytest.param("a.io", ["a.io"], None, id="a list"),
    ],
)
def test_file(tmp_path: Path, host: str, auths: Any, login: Login | None) -> None:
    """A login is found under its host, in all the spellings that are about."""
    assert login_for(host, config(tmp_path, {"auths": auths})) == login


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        pytest.param({"credsStore": "test"}, "a.io", id="for all hosts"),
        pytest.param({"credHelpers": {"a.io": "test"}}, "a.io", id="for this host"),
        pytest.param(
            {"credHelpers": {"a.io": "test"}, "credsStore": "none"}, "a.io", id="this one first"
        ),
        pytest.param({"credHelpers": {"b.io": "none"}, "credsStore": "test"}, "a.io", id="other"),
    ],
)
def test_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Any, asked: str) -> None:
    """A helper is told the host and gives user and secret."""
    helper(
        tmp_path,
        monkeypatch,
        f'test "$1" = get && test "$(cat)" = {asked} && echo \'{{"Username":"ann","Secret":"x"}}\'',
    )
    assert login_for("a.io", config(tmp_path, data)) == Login("ann", "x")


def test_helper_for_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's hub has a name of its own with helpers; a token stands for a user without name."""
    script = f"""test "$(cat)" = {HUB} && echo '{{"Username":"<token>","Secret":"t"}}'"""
    helper(tmp_path, monkeypatch, script)
    files = config(tmp_path, {"credsStore": "test"})
    assert login_for("registry-1.docker.io", files) == Login("", "t")


def test_helper_that_knows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper without a login for a host leaves the file's own, and then nobody."""
    helper(tmp_path, monkeypatch, "echo credentials not found in native keychain; exit 1")
    data = {"credsStore": "test", "auths": {"a.io": ANN}}
    assert login_for("a.io", config(tmp_path, data)) == Login("ann", "the:secret")
    assert login_for("b.io", config(tmp_path, data)) is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param("echo the secret; exit 3", "fails with exit code 3; mend it", id="failing"),
        pytest.param("exec sleep 60", "does not answer within 0.2 s; mend it", id="hanging"),
        pytest.param("", "", id="silent"),
        pytest.param("echo '{\"Username\": 1}'", "", id="half an answer"),
    ],
)
def test_helper_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    """A helper that fails is named, and nothing of what it says is printed."""
    monkeypatch.setattr(credentials, "HELPER_TIMEOUT", 0.2)
    helper(tmp_path, monkeypatch, script)
    files = config(tmp_path, {"credsStore": "test"})
    if not message:
        assert login_for("a.io", files) is None
        return
    with pytest.raises(LockError) as caught:
        login_for("a.io", files)
    assert str(caught.value) == (
        f"docker-credential-test, which your Docker config names for a.io, {message}"
    )


def test_helper_that_is_not_there(tmp_path: Path) -> None:
    """A missing helper matters only where a registry wants a login."""
    files = config(tmp_path, {"credsStore": "not-there"})

    def answers(wants_login: bool) -> str:
        def misbehave(handler: Any) -> Any:
            return handler.answer(401) if wants_login else None

        with server(misbehave) as running:
            reference = running.put("web:1", image(["/web"]))
            client = Client(Transport(), lambda host: login_for(host, files))
            return str(ask_all(client, {reference: set()})[reference])

    assert "docker-credential-not-there" not in answers(False)
    assert "(docker-credential-not-there, which your Docker config names" in answers(True)


@pytest.mark.parametrize("text", ["{", "[]", "", '{"auths": null}', '{"credHelpers": []}'])
def test_file_of_another_form(tmp_path: Path, text: str) -> None:
    """A file that is no JSON is said to be none; one of another form has no logins."""
    files = config(tmp_path, text)
    if text in {"{", ""}:
        with pytest.raises(LockError, match=r"config.json: it is not JSON; log in anew"):
            login_for("a.io", files)
    else:
        assert login_for("a.io", files) is None


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's file comes first, at its place or where DOCKER_CONFIG says, and then podman's."""
    monkeypatch.setenv("HOME", "/home/ann")
    assert config_files({}) == ["/home/ann/.docker/config.json"]
    assert config_files({"DOCKER_CONFIG": "/d", "XDG_RUNTIME_DIR": "/run/1"}) == [
        "/d/config.json",
        "/run/1/containers/auth.json",
    ]
    assert config_files({"REGISTRY_AUTH_FILE": "/a.json", "XDG_RUNTIME_DIR": "/run/1"}) == [
        "/home/ann/.docker/config.json",
        "/a.json",
    ]
    podman = config(tmp_path, {"auths": {"a.io": ANN}})
    assert login_for("a.io", ["/not/there", *podman]) == Login("ann", "the:secret")
