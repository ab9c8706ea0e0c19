"""What strangers may write into manifests, indexes and configurations."""

from __future__ import annotations

import copy
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry.asking import ask
from registry.content import CONFIG, INDEX, MANIFEST, Content, digest, image, index
from registry.server import server

from postrender.engine.lockfile import Config, Entry, lock_text, read_lock
from postrender.errors import LockError
from postrender.registry import documents, images
from postrender.registry.client import Client
from postrender.registry.images import Budget
from postrender.registry.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registry.server import Server

WEB = image(["/web"])
ARM = image(["/arm"], platform="linux/arm64")


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A registry."""
    with server() as made:
        yield made


@pytest.fixture(scope="module")
def client() -> Client:
    """Nobody, without a login."""
    return Client(Transport(read_timeout=5.0), lambda *_: None)


def built(
    config: Any,
    *,
    manifest: Callable[[dict[str, Any]], Any] = lambda data: data,
    listing: Callable[[dict[str, Any]], Any] | None = None,
) -> Content:
    """An image of any configuration, with a manifest and perhaps an index that may be changed."""
    blob = json.dumps(config).encode()
    item = {"mediaType": CONFIG["oci"], "digest": digest(blob), "size": len(blob)}
    body = json.dumps(
        manifest({"schemaVersion": 2, "mediaType": MANIFEST["oci"], "config": item, "layers": []})
    ).encode()
    parts = [("", blob), (MANIFEST["oci"], body)]
    if listing:
        first = {
            "mediaType": MANIFEST["oci"],
            "digest": digest(body),
            "size": len(body),
            "platform": {"os": "linux", "architecture": "amd64"},
        }
        top = {"schemaVersion": 2, "mediaType": INDEX["oci"], "manifests": [first]}
        parts.append((INDEX["oci"], json.dumps(listing(top)).encode()))
    return Content(parts, None)


CONFIGURATION = {
    "os": "linux",
    "architecture": "amd64",
    "config": {"Entrypoint": ["/web"], "Cmd": ["run"], "User": "1", "WorkingDir": "/srv"},
    "history": [{"created_by": "sh"}],
}

_STRANGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.sampled_from(
        ["", "\0", "\ud800", "\ufffd", "unknown", "linux", "a/b", "sha256:" + "0" * 64]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def changes(draw: st.DrawFn) -> Callable[[Any], Any]:
    """Replaces, adds, takes out, repeats or respells a value somewhere in a document."""
    steps = draw(st.lists(st.integers(0, 9), min_size=0, max_size=6))
    value = draw(_STRANGE)
    how = draw(st.sampled_from(["replace", "remove", "add", "spell", "again"]))
    name = draw(
        st.sampled_from(["os", "OS", "Config", "manifests", "layers", "digest", "cmd", "o\u017f"])
    )

    def change(document: Any) -> Any:
        document = copy.deepcopy(document)
        place: Any = document
        keys: list[Any] = []
        for step in steps:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return document
            inner = place[keys[step % len(keys)]]
            if not isinstance(inner, dict | list):
                break
            place = inner
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = keys[sum(steps) % len(keys)] if keys else None
        if key is None or not steps:
            return value if how == "replace" else document
        if how == "replace":
            place[key] = value
        elif how == "remove":
            del place[key]
        elif isinstance(place, list):
            place.append(value if how == "add" else place[key])
        elif how == "add":
            place[name] = value
        elif how == "spell":
            place[key.swapcase()] = place.pop(key)
        else:
            place[key.upper()] = value
        return document

    return change


def same(document: Any) -> Any:
    """No change."""
    return document


@settings(max_examples=400)
@given(st.sampled_from(["config", "manifest", "index", "no index"]), changes(), changes())
def test_any_change(
    running: Server,
    client: Client,
    where: str,
    change: Callable[[Any], Any],
    another: Callable[[Any], Any],
) -> None:
    """Whatever is in a document: an entry that can be written and read, or a LockError."""

    def both(document: Any) -> Any:
        document = change(document)
        return another(document) if isinstance(document, dict | list) else document

    content = built(
        both(CONFIGURATION) if where == "config" else CONFIGURATION,
        manifest=both if where in {"manifest", "no index"} else same,
        listing=None if where == "no index" else both if where == "index" else same,
    )
    reference = running.put("any:1", content)
    try:
        entry = images.ask(client, reference, set(), time.monotonic() + 20, Budget())
    except LockError:
        return
    assert read_lock(lock_text({reference: entry})).entries == {reference: entry}


@given(changes(), changes())
def test_any_change_in_the_readers(
    change: Callable[[Any], Any], another: Callable[[Any], Any]
) -> None:
    """The readers alone raise nothing but LockError either."""
    for reader in (documents.read_manifest, documents.read_config):
        for content in (*index(WEB, ARM).parts, ("", json.dumps(CONFIGURATION).encode())):
            document = change(json.loads(content[1]))
            if isinstance(document, dict | list):
                document = another(document)
            try:
                reader(json.dumps(document).encode())
            except LockError:
                continue


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    """Neither do bytes that are no JSON."""
    for reader in (documents.read_manifest, documents.read_config):
        with pytest.raises(LockError):
            reader(data)


# Keys, as Go reads them


@pytest.mark.parametrize(
    ("config", "found"),
    [
        pytest.param({"entrypoint": ["/a"], "cmd": ["b"], "user": "1", "workingdir": "/w"},
                     Config(("/a",), ("b",), "1", "/w"), id="lower case"),
        pytest.param({"ENTRYPOINT": ["/a"]}, Config(("/a",), (), "", ""), id="upper case"),
        pytest.param({"Cmd": ["a"], "cmd": ["b"]}, Config((), ("b",), "", ""), id="the last one"),
        pytest.param({"cmd": ["b"], "Cmd": ["a"]}, Config((), ("a",), "", ""), id="the last one again"),
        pytest.param({"U\u017fer": "1"}, Config((), (), "1", ""), id="a long s"),
        pytest.param({"Wor\u212aingDir": "/w"}, Config((), (), "", "/w"), id="a Kelvin sign"),
        pytest.param({"Entrypo\u0131nt": ["/a"]}, Config((), (), "", ""), id="a dotless i"),
        pytest.param({"Cmd": [None, "a"]}, Config((), ("", "a"), "", ""), id="null in a list is an empty text"),
    ],
)  # fmt: skip
def test_keys_in_a_configuration(running: Server, config: Any, found: Config) -> None:
    """What a container runtime reads is what is locked."""
    content = built({"os": "linux", "architecture": "amd64", "config": config})
    assert ask(running.put("keys:1", content)).configs == {"linux/amd64": found}


def test_keys_everywhere(running: Server) -> None:
    """In an index, a manifest and around a configuration keys count in any case, too."""

    def respelled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key.swapcase(): respelled(inner) for key, inner in value.items()}
        return [respelled(inner) for inner in value] if isinstance(value, list) else value

    content = built(respelled(CONFIGURATION), manifest=respelled, listing=respelled)
    assert ask(running.put("respelled:1", content)).configs == {
        "linux/amd64": Config(("/web",), ("run",), "1", "/srv")
    }


def test_manifest_and_index_in_any_case(running: Server) -> None:
    """What Go could read as a manifest and as an index is read as neither."""
    content = built(CONFIGURATION, manifest=lambda data: {**data, "Manifests": []})
    with pytest.raises(LockError, match="is no image"):
        ask(running.put("both:1", content))


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ufffd", "a\udc80"])
def test_words_that_nothing_can_be_started_with(running: Server, text: str) -> None:
    """NUL, and what a text has where it was damaged."""
    content = built({**CONFIGURATION, "config": {"Cmd": ["a", text]}})
    with pytest.raises(LockError, match="is no image"):
        ask(running.put("words:1", content))


# Platforms


@pytest.mark.parametrize(
    "platform",
    [
        pytest.param({"os": "unknown", "architecture": "unknown"}, id="unknown"),
        pytest.param({"os": "linux", "architecture": "unknown"}, id="unknown architecture"),
        pytest.param({"os": "linux"}, id="no architecture"),
        pytest.param({"architecture": "arm", "variant": "v7"}, id="no os"),
        pytest.param({"os": "linux", "architecture": ""}, id="empty architecture"),
        pytest.param({"os": "linux", "architecture": None}, id="null as architecture"),
        pytest.param({"os": "linux", "architecture": 64}, id="a number as architecture"),
        pytest.param({"os": ["linux"], "architecture": "arm64"}, id="a list as os"),
        pytest.param({"os": "linux", "architecture": "arm64", "variant": "../x"}, id="garbage as variant"),
        pytest.param({"os": "linux", "architecture": "arm64", "variant": {}}, id="a mapping as variant"),
        pytest.param({"os": "linux", "architecture": "arm64", "variant": "\ud800"}, id="half a pair"),
        pytest.param({"os": "linux/arm", "architecture": "v7"}, id="a slash in the os"),
        pytest.param({"os": "linux", "architecture": "a" * 9999}, id="endless"),
        pytest.param({"os": "linux", "architecture": "arm 64"}, id="a blank"),
        pytest.param({"os": "LINUX\n", "architecture": "arm64"}, id="a line break"),
        pytest.param("linux/arm64", id="a text"),
        pytest.param(["linux", "arm64"], id="a list"),
        pytest.param(7, id="a number"),
        pytest.param(False, id="false"),
        pytest.param([], id="an empty list"),
        pytest.param("", id="an empty text"),
    ],
)  # fmt: skip
def test_one_odd_platform(running: Server, platform: Any) -> None:
    """An image for a platform that cannot be read is passed over; the other platforms are locked."""
    content = index(WEB, Content(ARM.parts, platform))
    data = json.loads(content.parts[-1][1])
    data["manifests"][1]["platform"] = platform
    # Nothing is behind it, so that nobody can have looked.
    data["manifests"][1]["digest"] = f"sha256:{7:064}"
    content = Content([*content.parts[:-1], (INDEX["oci"], json.dumps(data).encode())], None)
    assert ask(running.put("odd:1", content)).configs.keys() == {"linux/amd64"}


@pytest.mark.parametrize(
    "about", [{}, {"os": "linux"}, {"os": 1, "architecture": "arm64"}, {"os": "\0"}]
)
def test_odd_platform_in_a_configuration(running: Server, about: Any) -> None:
    """So is an image whose platform the index leaves to a configuration that does not say it."""
    odd = built({**about, "config": {}})
    content = index(WEB, odd)
    assert ask(running.put("odd:2", content)).configs.keys() == {"linux/amd64"}
    with pytest.raises(LockError, match="is no image"):
        ask(running.put("odd:3", odd))


def test_no_image_in_an_index(running: Server) -> None:
    """An index may hold a chart or a signature, whose platform it does not name."""
    chart = built(
        CONFIGURATION,
        manifest=lambda data: {**data, "config": {**data["config"], "mediaType": "application/x"}},
    )
    assert ask(running.put("mixed:1", index(WEB, chart))).configs.keys() == {"linux/amd64"}


def test_only_odd_platforms(running: Server) -> None:
    """If nothing is left, it is an error, in an index and in one within it."""
    odd = Content(WEB.parts, {"os": "linux"})
    for content in (index(odd), index(index(odd))):
        with pytest.raises(LockError, match="its index holds no images"):
            ask(running.put("odd:4", content))
    content = index(index(odd), Content(ARM.parts, ARM.platform))
    assert ask(running.put("odd:5", content)).configs.keys() == {"linux/arm64"}


@pytest.mark.parametrize(
    "fields",
    [
        {"mediaType": []},
        {"mediaType": {}},
        {"mediaType": 1},
        {"digest": []},
        {"digest": None},
        {"digest": "sha256:" + "0" * 63 + "\ud800"},
    ],
)
def test_items_of_a_wrong_shape(running: Server, fields: Any) -> None:
    """An item that is no descriptor makes the index none."""

    def listing(data: dict[str, Any]) -> Any:
        return {**data, "manifests": [*data["manifests"], {**data["manifests"][0], **fields}]}

    with pytest.raises(LockError, match="is no image"):
        ask(running.put("shape:1", built(CONFIGURATION, listing=listing)))


def test_long_list_of_platforms(running: Server) -> None:
    """A message names some of a thousand platforms."""
    content = index(
        *(Content(WEB.parts, {"os": "linux", "architecture": f"a{i}"}) for i in range(500))
    )
    with pytest.raises(LockError, match="480 more; name one") as caught:
        ask(running.put("many:1", content), "linux/amd64")
    assert len(str(caught.value)) < 1000


def test_entries_are_as_before(running: Server) -> None:
    """Docker's and OCI's documents are read alike."""
    for kind in ("oci", "docker"):
        content = index(image(["/a"], ["b"], kind=kind), kind=kind)
        assert ask(running.put(f"{kind}:1", content)) == Entry(
            digest(content.parts[-1][1]), {"linux/amd64": Config(("/a",), ("b",), "", "")}
        )
