"""The real program against strangers: what it prints is harmless to a terminal, without a login."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from registry.content import image
from registry.server import server

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import KmodPost
    from registry.server import Handler

EVIL = "\x1b[2J\x1b]0;title\x07\r\x9b1A\u202e\u2028\u200b\U000e0041"
WEB = image(["/web"])
RULES = 'rules: {web: {containers: {"*": {entrypoint: {script: "true"}}}, match: {}}}\n'


def manifests(*images: str) -> str:
    """A Pod with a container for each image, as JSON, which has escapes for all characters."""
    containers = [{"name": f"c{number}", "image": one} for number, one in enumerate(images)]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}
    text = json.dumps({**pod, "spec": {"containers": containers}})
    return text.replace("\\udb40\\udc41", "\\U000e0041")  # YAML has no pairs


def lines(kmod_post: KmodPost, folder: Path, *images: str, login: bool = False) -> list[str]:
    """What `kmod-post lock` prints for these images."""
    (folder / "kmod.yaml").write_text(RULES, encoding="utf-8")
    (folder / "docker").mkdir(exist_ok=True)
    hosts = {one.partition("/")[0] for one in images}
    auths = {host: {"username": "ann", "password": "the secret"} for host in hosts if login}
    (folder / "docker" / "config.json").write_text(json.dumps({"auths": auths}), encoding="utf-8")
    done = kmod_post(
        "lock",
        *("-f", "kmod.yaml", "--all"),
        stdin=manifests(*images),
        cwd=folder,
        env={"DOCKER_CONFIG": str(folder / "docker"), "HOME": str(folder)},
    )
    assert done.stdout == b""
    said = done.stderr.decode("utf-8")
    assert "secret" not in said
    assert not set(EVIL.replace("[2J", "").replace("]0;title", "").replace("1A", "")) & set(said)
    return said.splitlines()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param(f"a.io/x{EVIL}:1", "a.io/x\\u001b[2J\\u001b]0;title\\u0007", id="a path"),
        pytest.param(f"a{EVIL}.io/x:1", "a\\u001b[2J", id="a host"),
        pytest.param(f"a.io/x:1{EVIL}", "a.io/x:1\\u001b[2J", id="a tag"),
        pytest.param("a.io/x\nb: fine:1", "a.io/x\\nb: fine:1: ", id="a line break"),
        pytest.param("https://u:secret@a.io/x:1", "https://u:•••@a.io/x:1: ", id="a password"),
    ],
)
def test_names_of_images(kmod_post: KmodPost, tmp_path: Path, name: str, shown: str) -> None:
    """The name of an image is one line, whatever it is made of."""
    (line,) = lines(kmod_post, tmp_path, name)
    assert shown in line


@pytest.mark.parametrize("kind", ["Location", "realm", "status", "body", "scheme"])
def test_answers(kmod_post: KmodPost, tmp_path: Path, kind: str) -> None:
    """Nothing that a registry answers is printed as it is."""
    text = "\x1b[2J\x07\x9b1A https://u:secret@a.io/"

    def answer(handler: Handler) -> bool | None:
        if "/manifests/" not in handler.path:
            return None
        if kind == "Location":
            return handler.answer(302, b"", {"Location": f"http://{text}"})
        if kind in {"realm", "scheme"}:
            challenge = f'Bearer realm="http://{text}"' if kind == "realm" else f'{text} realm="x"'
            return handler.answer(401, b"", {"WWW-Authenticate": challenge})
        if kind == "body":
            return handler.answer(400, text.encode())
        handler.wfile.write(f"HTTP/1.1 500 {text}\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))
        handler.close_connection = True
        return True

    with server(answer) as registry:
        reference = registry.put("web:1", WEB)
        (line,) = lines(kmod_post, tmp_path, reference, login=True)
    assert line.startswith(f"{reference}: ")
    assert "u:" not in line


def test_an_image_that_is_added(kmod_post: KmodPost, tmp_path: Path) -> None:
    """What goes well is one line, too."""
    with server() as registry:
        reference = registry.put("web:1", WEB)
        (line,) = lines(kmod_post, tmp_path, reference)
    assert line.startswith(f"{reference}: added, sha256:")


def test_a_message_of_a_render(kmod_post: KmodPost, tmp_path: Path) -> None:
    """The render path prints names as they can be shown, to the log file, too."""
    (tmp_path / "kmod.yaml").write_text(
        "rules: {web: {match: {kind: Pod}, containers: {nope: {image: x}}}}\n", encoding="utf-8"
    )
    stream = manifests("x").replace('"web"', json.dumps(f"web{EVIL}\ud800"))
    done = kmod_post(*("-f", "kmod.yaml", "--log-file", "log"), stdin=stream, cwd=tmp_path)
    assert done.returncode == 1
    said = done.stderr.decode("utf-8")
    assert len(said.splitlines()) == 1
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(said)
    assert (tmp_path / "log").read_text(encoding="utf-8") == said
