"""Images in Debian's docker-registry, as it is run for real."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from registry.asking import ask
from registry.content import Content, digest, image, index, top
from tools import find

from postrender.engine.lockfile import Config, Entry
from postrender.errors import LockError
from postrender.registry.client import Client
from postrender.registry.images import ask_all
from postrender.registry.transport import Transport

if TYPE_CHECKING:
    from registry.debian import Registry

WEB = image(["/entry.sh"], ["web", "-g", "daemon off;"], User="101", WorkingDir="/srv")
WEB_CONFIG = Config(("/entry.sh",), ("web", "-g", "daemon off;"), "101", "/srv")


@pytest.mark.parametrize("kind", ["oci", "docker"])
def test_one_image(registry: Registry, kind: str) -> None:
    """An image without index has the platform that its configuration names."""
    content = image(["/a"], ["b"], platform="linux/arm64/v8", kind=kind)
    reference = registry.push(f"one/{kind}:1", content)
    assert ask(reference) == Entry(top(content), {"linux/arm64": Config(("/a",), ("b",), "", "")})


@pytest.mark.parametrize("kind", ["oci", "docker"])
def test_index(registry: Registry, kind: str) -> None:
    """Each platform of an index has its own; what is for Windows or for nobody is left out."""
    content = index(
        image(["/a"], None, platform="linux/amd64", kind=kind),
        image(None, ["b"], platform="linux/arm/v7", kind=kind),
        image(["c.exe"], platform="windows/amd64", kind=kind),
        image(["attestation"], platform="unknown/unknown", kind=kind),
        kind=kind,
    )
    entry = ask(registry.push(f"index/{kind}:1", content))
    assert entry == Entry(
        top(content),
        {
            "linux/amd64": Config(("/a",), (), "", ""),
            "linux/arm/v7": Config((), ("b",), "", ""),
        },
    )


def test_index_in_index(registry: Registry) -> None:
    """An index may hold others."""
    content = index(index(WEB), image(["/b"], platform="linux/arm64"))
    entry = ask(registry.push("nested:1", content))
    assert entry.configs == {
        "linux/amd64": WEB_CONFIG,
        "linux/arm64": Config(("/b",), (), "", ""),
    }


def test_platforms_that_are_asked_for(registry: Registry) -> None:
    """Only the platforms that are asked for are read, Windows among them."""
    content = index(
        WEB, image(["/b"], platform="linux/arm64"), image(["c"], platform="windows/amd64")
    )
    reference = registry.push("asked:1", content)
    assert ask(reference, "windows/amd64", "linux/amd64").configs == {
        "linux/amd64": WEB_CONFIG,
        "windows/amd64": Config(("c",), (), "", ""),
    }


def test_only_windows(registry: Registry) -> None:
    """An image that does not run Linux at all has the platforms that it has."""
    reference = registry.push("windows:1", image(["c"], platform="windows/amd64"))
    assert ask(reference).configs.keys() == {"windows/amd64"}


def test_platform_twice(registry: Registry) -> None:
    """Two images for one platform are as one if they start the same, as Windows' versions do."""
    same = index(WEB, image([*WEB_CONFIG.entrypoint], [*WEB_CONFIG.cmd], User="101",
                            WorkingDir="/srv", Env=["A=b"]))  # fmt: skip
    assert ask(registry.push("twice:same", same)).configs == {"linux/amd64": WEB_CONFIG}
    other = registry.push("twice:other", index(WEB, image(["/other"])))
    with pytest.raises(LockError, match=r"several images for linux/amd64"):
        ask(other)


def test_by_digest(registry: Registry) -> None:
    """A reference by digest is asked for by it, whatever its tag."""
    registry.push("digest:1", WEB)
    for tag in ("", ":7", ":1"):
        reference = f"{registry.host}/digest{tag}@{top(WEB)}"
        assert ask(reference) == Entry(top(WEB), {"linux/amd64": WEB_CONFIG})


def test_nothing_to_start(registry: Registry) -> None:
    """An image without ENTRYPOINT and CMD is one, too."""
    reference = registry.push("empty:1", image())
    assert ask(reference).configs == {"linux/amd64": Config((), (), "", "")}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("web:missing", "does not have it (404)", id="tag"),
        pytest.param("missing:1", "does not have it (404)", id="repository"),
        pytest.param(f"web@sha256:{1:064}", "does not have it (404)", id="digest"),
        pytest.param("Web:1", "no image reference", id="upper case"),
        pytest.param("web/../_catalog:1", "no image reference", id="path that climbs"),
        pytest.param("web:1?n=1", "no image reference", id="query"),
        pytest.param("web@sha256:12", "no image reference", id="half a digest"),
    ],
)
def test_not_there(registry: Registry, path: str, message: str) -> None:
    """What is not there is said in one line that names the image."""
    registry.push("web:1", WEB)
    reference = f"{registry.host}/{path}"
    with pytest.raises(LockError) as caught:
        ask(reference)
    (line,) = map(str, caught.value.messages)
    assert line.startswith(f"{reference}: ")
    assert message in line


def test_platform_that_is_not_there(registry: Registry) -> None:
    """The platforms that there are are said."""
    reference = registry.push("platforms:1", index(WEB, image(["/b"], platform="linux/arm64")))
    with pytest.raises(LockError, match=r"not made for linux/s390x, but for linux/amd64, linux/a"):
        ask(reference, "linux/s390x")


def test_no_image(registry: Registry) -> None:
    """A Helm chart in a registry is no image."""
    media_type, body = WEB.parts[-1]
    manifest = json.loads(body)
    manifest["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"
    chart = Content([WEB.parts[0], (media_type, json.dumps(manifest).encode())], None)
    with pytest.raises(LockError, match="not a container image"):
        ask(registry.push("chart:1", chart))


def test_many(registry: Registry) -> None:
    """Images are asked for together; one that fails takes no other along."""
    wanted: dict[str, set[str]] = {
        registry.push(f"many/{i}:1", image([f"/{i}"])): set() for i in range(12)
    }
    wanted[f"{registry.host}/many/missing:1"] = set()
    wanted["127.0.0.1:1/web:1"] = set()
    asked: list[str] = []
    answers = ask_all(Client(Transport(), lambda *_: None), wanted, asked.append)
    assert sorted(asked) == sorted(wanted)
    assert {reference for reference, answer in answers.items() if isinstance(answer, Entry)} == {
        f"{registry.host}/many/{i}:1" for i in range(12)
    }
    refused = str(answers["127.0.0.1:1/web:1"])
    assert refused.startswith("127.0.0.1:1/web:1: 127.0.0.1:1: no connection; ")


def test_skopeo_says_the_same(registry: Registry) -> None:
    """What skopeo, another client, reads of an image and of its platforms is what is read here."""
    program = find("skopeo")
    content = index(WEB, image(["/b"], ["c"], platform="linux/arm64/v8", WorkingDir="/b"))
    reference = registry.push("skopeo:1", content)

    def skopeo(*words: str) -> bytes:
        command = [program, *words, "--tls-verify=false", f"docker://{reference}"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def config(platform: str) -> Config:
        system, architecture = platform.split("/")
        words = ("--override-os", system, "--override-arch", architecture)
        said = json.loads(skopeo(*words, "inspect", "--config"))["config"]
        argv = (tuple(said.get(key, ())) for key in ("Entrypoint", "Cmd"))
        return Config(*argv, said.get("User", ""), said.get("WorkingDir", ""))

    entry = ask(reference)
    assert entry.digest == digest(skopeo("inspect", "--raw"))
    assert entry.configs == {name: config(name) for name in ("linux/amd64", "linux/arm64")}
