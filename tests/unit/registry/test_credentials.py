"""Logins from the files that Docker and podman keep, and from credential helpers."""

from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from registry.content import image
from registry.server import server

from postrender.errors import LockError
from postrender.registry import credentials
from postrender.registry.client import Client
from postrender.registry.credentials import Login, Logins, config_files
from postrender.registry.images import ask_all
from postrender.registry.transport import Transport

if TYPE_CHECKING:
    from pathlib import Path

HUB = "https://index.docker.io/v1/"
ANN = {"auth": base64.b64encode(b"ann:the:secret").decode()}


def config(folder: Path, data: Any) -> list[str]:
    """Docker's config file with this data, as the list of files to look into."""
    file = folder / "config.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return [str(file)]


UNREADABLE = "gives no login that can be read"


def answering(user: str, secret: str) -> str:
    """A script that answers with this JSON."""
    return f"""cat <<'END'\n{{"Username": {user}, "Secret": {secret}}}\nEND"""


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
        pytest.param("a.io", {"http://a.io/team": ANN}, Login("ann", "the:secret"), id="as http"),
        pytest.param("a.io", {"a.io/team": ANN}, None, id="another namespace"),
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
        pytest.param("a.io", ["a.io"], None, id="a list"),
    ],
)
def test_file(tmp_path: Path, host: str, auths: Any, login: Login | None) -> None:
    """A login is found under its host, in all the spellings that are about."""
    assert Logins(config(tmp_path, {"auths": auths}))(host, "web") == login


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
    assert Logins(config(tmp_path, data))("a.io", "web") == Login("ann", "x")


def test_helper_for_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker's hub has a name of its own with helpers; a token stands for a user without name."""
    script = f"""test "$(cat)" = {HUB} && echo '{{"Username":"<token>","Secret":"t"}}'"""
    helper(tmp_path, monkeypatch, script)
    files = config(tmp_path, {"credsStore": "test"})
    assert Logins(files)("registry-1.docker.io", "web") == Login("", "t")


def test_helper_that_knows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper without a login for a host leaves the file's own, and then nobody."""
    helper(tmp_path, monkeypatch, "echo credentials not found in native keychain; exit 1")
    data = {"credsStore": "test", "auths": {"a.io": ANN}}
    assert Logins(config(tmp_path, data))("a.io", "web") == Login("ann", "the:secret")
    assert Logins(config(tmp_path, data))("b.io", "web") is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param("echo the secret; exit 3", "fails with exit code 3", id="failing"),
        pytest.param("exec sleep 60", "does not answer within 0.2 s", id="hanging"),
        pytest.param("sleep 60", "does not answer within 0.2 s", id="hanging in a child"),
        pytest.param(
            "exec >&-; exec sleep 60", "does not answer within 0.2 s", id="closed, hanging"
        ),
        pytest.param("", UNREADABLE, id="silent"),
        pytest.param("echo '{\"Username\": 1}'", UNREADABLE, id="a number as user"),
        pytest.param("echo the secret", UNREADABLE, id="not JSON"),
        pytest.param("echo '[]'", UNREADABLE, id="a list"),
        pytest.param("head -c 3000000 /dev/zero", UNREADABLE, id="megabytes"),
        pytest.param("exec cat /dev/zero", UNREADABLE, id="without end"),
        pytest.param("printf %99999s | tr ' ' '['", UNREADABLE, id="nested without end"),
        pytest.param(answering('"\\ud800"', '"x"'), UNREADABLE, id="half a character"),
        pytest.param(answering('"ann"', '"\\u0000x"'), UNREADABLE, id="NUL"),
        pytest.param(answering('"ann\\r\\nX: y"', '"x"'), UNREADABLE, id="line breaks"),
        pytest.param(answering("null", '"the secret"'), UNREADABLE, id="nobody's secret"),
        pytest.param(answering('"ann"', '["x"]'), UNREADABLE, id="a list as secret"),
        pytest.param('printf \'{"Username": "a\\377", "Secret": "x"}\'', UNREADABLE, id="bytes"),
    ],
)
def test_helper_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    """A helper that fails is named, and nothing of what it says is printed."""
    monkeypatch.setattr(credentials, "HELPER_TIMEOUT", 0.2)
    helper(tmp_path, monkeypatch, script)
    files = config(tmp_path, {"credsStore": "test"})
    with pytest.raises(LockError) as caught:
        Logins(files)("a.io", "web")
    assert str(caught.value) == (
        f"docker-credential-test, which your Docker config names for a.io, {message}; fix it"
    )


def test_helper_that_is_not_there(tmp_path: Path) -> None:
    """A missing helper matters only where a registry wants a login."""
    files = config(tmp_path, {"credsStore": "not-there"})

    def answers(wants_login: bool) -> str:
        def misbehave(handler: Any) -> Any:
            return handler.answer(401) if wants_login else None

        with server(misbehave) as running:
            reference = running.put("web:1", image(["/web"]))
            client = Client(Transport(), Logins(files))
            return str(ask_all(client, {reference: set()})[reference])

    assert "docker-credential-not-there" not in answers(False)
    assert "(docker-credential-not-there, which your Docker config names" in answers(True)


@pytest.mark.parametrize("text", ["{", "[]", "", '{"auths": null}', '{"credHelpers": []}'])
def test_file_of_another_form(tmp_path: Path, text: str) -> None:
    """A file that is no JSON is said to be none; one of another form has no logins."""
    files = config(tmp_path, text)
    if text in {"{", ""}:
        with pytest.raises(
            LockError, match=r"config.json: not JSON, or with a key twice; log in again"
        ):
            Logins(files)("a.io", "web")
    else:
        assert Logins(files)("a.io", "web") is None


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
    assert Logins(["/not/there", *podman])("a.io", "web") == Login("ann", "the:secret")


@pytest.mark.parametrize(
    ("repository", "user"),
    [
        pytest.param("team-a/sub/web", "sub", id="the longest one"),
        pytest.param("team-a/sub", "sub", id="a repository of its own"),
        pytest.param("team-a/web", "team", id="a namespace"),
        pytest.param("team-a/subtle/web", "team", id="no part of a name"),
        pytest.param("team-ab/web", "host", id="another namespace"),
        pytest.param("web", "host", id="the whole registry"),
    ],
)
@pytest.mark.parametrize(
    ("host", "name"), [("a.io:5000", "a.io:5000"), ("registry-1.docker.io", "docker.io")]
)
def test_namespaces(tmp_path: Path, host: str, name: str, repository: str, user: str) -> None:
    """A login for a part of a registry counts there, before the one for all of it."""

    def entry(name: str) -> dict[str, str]:
        return {"auth": base64.b64encode(f"{name}:x".encode()).decode()}

    auths = {
        name: entry("host"),
        f"{name}/team-a": entry("team"),
        f"{name}/team-a/sub": entry("sub"),
    }
    logins = Logins(config(tmp_path, {"auths": auths}))
    assert logins(host, repository) == Login(user, "x")
    del auths[name]
    logins = Logins(config(tmp_path, {"auths": auths}))
    assert logins(host, repository) == (Login(user, "x") if user != "host" else None)


def test_helpers_and_namespaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper is asked for whole registries; the one for all registries comes after namespaces."""
    answer = answering('"helper"', '"x"')
    helper(tmp_path, monkeypatch, f"test $(cat) = a.io || exit 1\n{answer}")
    auths = {"a.io/team": ANN}
    store = Logins(config(tmp_path, {"auths": auths, "credsStore": "test"}))
    assert store("a.io", "team/web") == Login("ann", "the:secret")
    assert store("a.io", "web") == Login("helper", "x")
    own = Logins(config(tmp_path, {"auths": auths, "credHelpers": {"a.io": "test"}}))
    assert own("a.io", "team/web") == Login("helper", "x")


def test_no_helper_for_one_registry(tmp_path: Path) -> None:
    """An empty name in `credHelpers` keeps the helper of all registries from one, as in Docker."""
    data = {"credHelpers": {"a.io": ""}, "credsStore": "not-there", "auths": {"a.io": ANN}}
    assert Logins(config(tmp_path, data))("a.io", "web") == Login("ann", "the:secret")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"auth": "%"}, id="no base64"),
        pytest.param({"auth": "YW5u\x00OnRoZTpzZWNyZXQ="}, id="NUL in base64"),
        pytest.param({"auth": base64.b64encode(b"ann").decode()}, id="no password"),
        pytest.param({"auth": base64.b64encode(b":secret").decode()}, id="no user"),
        pytest.param({"auth": base64.b64encode(b"ann:\xff").decode()}, id="not UTF-8"),
        pytest.param({"auth": base64.b64encode(b"ann:a\0secret").decode()}, id="NUL"),
        pytest.param({"auth": 1}, id="a number"),
        pytest.param({"username": "\ud800", "password": "secret"}, id="half a character"),
        pytest.param({"username": "ann", "password": "secret\n"}, id="a line break"),
        pytest.param({"username": ["ann"], "password": "secret"}, id="a list as user"),
        pytest.param({"username": "ann", "password": {"secret": 1}}, id="a mapping as password"),
        pytest.param({"identitytoken": "secret\0"}, id="NUL in a token"),
        pytest.param(["secret"], id="a list"),
        pytest.param("secret", id="a text"),
    ],
)
def test_login_that_cannot_be_read(tmp_path: Path, entry: Any) -> None:
    """A login that is no text to log in with is one clear line, without anything of it."""
    files = config(tmp_path, {"auths": {"a.io": entry}})
    with pytest.raises(LockError) as caught:
        Logins(files)("a.io", "web")
    assert str(caught.value) == (
        f'{files[0]}: the login for a.io cannot be read; run "docker login" again, or remove it'
    )
    assert Logins(files)("b.io", "web") is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\0", id="NUL"),
        pytest.param("[" * 100_000, id="nested without end"),
        pytest.param('{"a":' * 100_000, id="mappings without end"),
        pytest.param('{"auths": {}} garbage', id="garbage"),
        pytest.param(" " * (2 << 20), id="megabytes"),
    ],
)
def test_file_of_garbage(tmp_path: Path, text: str) -> None:
    """A file that is not JSON is one clear line."""
    with pytest.raises(LockError) as caught:
        Logins(config(tmp_path, text))("a.io", "web")
    assert str(caught.value).startswith(f"{tmp_path}/config.json: ")
    assert len(caught.value.messages) == 1


@pytest.mark.parametrize("name", ["../x", "a b", "x\0", "\ud800", "-", 1, ["x"], {"x": 1}])
@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_name_of_a_helper(tmp_path: Path, key: str, name: Any) -> None:
    """What cannot be the name of a program is not run."""
    files = config(tmp_path, {key: name if key == "credsStore" else {"a.io": name}})
    with pytest.raises(LockError, match=r"config.json: what it names for a.io is not a credential"):
        Logins(files)("a.io", "web")


@pytest.mark.parametrize(
    ("text", "login"),
    [
        pytest.param('{"AUTHS": {"a.io": {"Auth": "%s"}}}', Login("ann", "the:secret"), id="case"),
        pytest.param(
            '{"auths": {"a.io": {"USERNAME": "ann", "Password": "x"}}}',
            Login("ann", "x"),
            id="user",
        ),
        pytest.param(
            '{"auths": {"A.io": {"auth": "%s"}}}', None, id="a registry's name has a case"
        ),
        pytest.param(
            '{"auths": {"a.io": {"username": "b", "password": "y", "Username": "ann"}}}',
            Login("ann", "y"),
            id="the last one",
        ),
        pytest.param(
            '{"auths": {"a.io": {"auth": "Yjp5", "auth": "%s"}}}',
            Login("ann", "the:secret"),
            id="twice",
        ),
        pytest.param(
            '{"credsstore": "not-there", "CREDSSTORE": "", "auths": {"a.io": {"auth": "%s"}}}',
            Login("ann", "the:secret"),
            id="a helper",
        ),
    ],
)
def test_keys_as_docker_reads_them(tmp_path: Path, text: str, login: Login | None) -> None:
    """Keys count in any case, and the last one of several, as in Go's encoding/json."""
    assert Logins(config(tmp_path, text.replace("%s", ANN["auth"])))("a.io", "web") == login


@pytest.mark.parametrize("end", ["exit 3", "exec sleep 60"])
def test_helper_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """A helper that fails or hangs is asked once per registry, also by many threads."""
    monkeypatch.setattr(credentials, "HELPER_TIMEOUT", 0.3)
    helper(tmp_path, monkeypatch, f'echo "$(cat)" >> {tmp_path}/asked; {end}')
    files = config(tmp_path, {"credsStore": "test"})

    def refuse(handler: Any) -> Any:
        return handler.answer(401, b"", {"WWW-Authenticate": "Basic"})

    with server(refuse) as one, server(refuse) as other:
        wanted = {f"{host}/web{i}:1": set() for i in range(40) for host in (one.host, other.host)}
        client = Client(Transport(), Logins(files))
        answers = ask_all(client, wanted)
    assert len(answers) == 80
    assert all("docker-credential-test, which your" in str(answer) for answer in answers.values())
    assert sorted((tmp_path / "asked").read_text().split()) == sorted((one.host, other.host))


def test_hanging_helper_of_one_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper that hangs for one registry does not hold up another."""
    answer = answering('"ann"', '"x"')
    helper(tmp_path, monkeypatch, f"test $(cat) = a.io && exec sleep 60\n{answer}")
    monkeypatch.setattr(credentials, "HELPER_TIMEOUT", 1.0)
    logins = Logins(config(tmp_path, {"credsStore": "test"}))
    ended: list[str] = []

    def hang() -> None:
        with pytest.raises(LockError, match="does not answer"):
            logins("a.io", "web")
        ended.append("a.io")

    thread = threading.Thread(target=hang)
    thread.start()
    assert logins("b.io", "web") == Login("ann", "x")
    ended.append("b.io")
    thread.join()
    assert ended == ["b.io", "a.io"]
