from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError, VerbError
from postrender.verbs.container_files import key_of
from postrender.verbs.context import GeneratedFile

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ApplyVerb

WEB = {"containers": [{"name": "web", "image": "nginx"}]}


def test_a_file_is_mounted_over_the_images(apply_verb: ApplyVerb) -> None:
    """A file is generated, and is mounted by subPath at its path."""
    done = apply_verb("containers", "web: {files: {/etc/app.conf: a}}", WEB)

    assert done.files == {"etc_app.conf": GeneratedFile("a", 0o644, "")}
    assert done.data["containers"][0]["volumeMounts"] == [
        {
            "name": "kmod-rule",
            "mountPath": "/etc/app.conf",
            "subPath": "etc_app.conf",
            "readOnly": True,
        }
    ]


@pytest.mark.parametrize(
    ("value", "text", "mode"),
    [
        pytest.param("some text", "some text", 0o644, id="text"),
        pytest.param("0755", "0755", 0o644, id="text that looks like a number"),
        pytest.param("''", "", 0o644, id="empty"),
        pytest.param("{text: x}", "x", 0o644, id="text in a mapping"),
        pytest.param("{text: x, mode: 0755}", "x", 0o755, id="mode as YAML's octal number"),
        pytest.param("{text: x, mode: 0o600}", "x", 0o600, id="mode as YAML 1.2's"),
        pytest.param("{text: x, mode: 420}", "x", 0o644, id="mode in decimal"),
        pytest.param("{text: x, mode: '0400'}", "x", 0o400, id="mode as text"),
        pytest.param("{file: there.txt}", "from a file\r\n", 0o644, id="file"),
        pytest.param("{file: below/there.txt, mode: 0444}", "below", 0o444, id="file below"),
    ],
)
def test_what_a_file_holds(
    apply_verb: ApplyVerb, tmp_path: Path, value: str, text: str, mode: int
) -> None:
    """A file's text and mode come from the rule, or from a file beside it."""
    (tmp_path / "there.txt").write_bytes(b"from a file\r\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "there.txt").write_text("below")

    done = apply_verb("containers", f"web: {{files: {{/x: {value}}}}}", WEB, folder=tmp_path)

    assert done.files == {"x": GeneratedFile(text, mode, "")}


def test_no_op(apply_verb: ApplyVerb) -> None:
    """A file that is mounted already leaves the very same pod."""
    once = apply_verb("containers", "web: {files: {/a: x, /b/c: y}}", WEB).data

    assert apply_verb("containers", "web: {files: {/a: x, /b/c: y}}", once).data is once


@pytest.mark.parametrize(
    ("path", "key"),
    [
        pytest.param("/etc/app.conf", "etc_app.conf", id="slash"),
        pytest.param("/a b/ü%.txt", "a_b___.txt", id="signs that no key can hold"),
        pytest.param("/.hidden", ".hidden", id="dot file"),
        pytest.param("/..", "file", id="a name that is a folder's"),
        pytest.param("/..data", "file..data", id="no key begins with two dots"),
        pytest.param("/" + "a" * 253, "a" * 253, id="253 characters"),
        pytest.param("/" + "a" * 254, "a" * 244 + "-136496c2", id="longer: cut, with a hash"),
    ],
)
def test_key(path: str, key: str) -> None:
    """A ConfigMap's key says the path, in the signs that a key can hold."""
    assert key_of(path) == key


@pytest.mark.parametrize(
    ("value", "carrier"),
    [
        pytest.param("x", "", id="not said"),
        pytest.param("{text: x, carrier: pod}", "pod", id="pod"),
        pytest.param("{text: x, carrier: configMap}", "configMap", id="configMap"),
        pytest.param("{text: x, carrier: null}", "", id="withdrawn"),
    ],
)
def test_carrier(apply_verb: ApplyVerb, value: str, carrier: str) -> None:
    """An entry says for itself what carries it."""
    done = apply_verb("containers", f"web: {{files: {{/x: {value}}}}}", WEB)

    assert done.files == {"x": GeneratedFile("x", 0o644, carrier)}


def test_two_carriers_for_one_key(apply_verb: ApplyVerb) -> None:
    """One file has one carrier."""
    files = "{/etc/a.b: x, /etc_a.b: {text: x, carrier: pod}}"
    with pytest.raises(VerbError, match="differ, but would both be"):
        apply_verb("containers", f"web: {{files: {files}}}", WEB)


def test_two_texts_for_one_key(apply_verb: ApplyVerb) -> None:
    """Two containers may share a file; where they want different ones the rule is refused."""
    pod = {"containers": [{"name": "a"}, {"name": "b"}]}

    shared = apply_verb("containers", "'*': {files: {/x: 1}}", pod)
    assert shared.files == {"x": GeneratedFile("1", 0o644, "")}

    with pytest.raises(VerbError, match="container a: /x and container b: /x differ"):
        apply_verb("containers", "a: {files: {/x: 1}}\nb: {files: {/x: 2}}", pod)


def test_two_paths_of_one_key(apply_verb: ApplyVerb) -> None:
    """Two paths whose keys are the same are both named."""
    with pytest.raises(VerbError) as caught:
        apply_verb("containers", "web: {files: {/etc/a.b: x, /etc_a.b: y}}", WEB)

    assert str(caught.value).endswith(
        "container web: /etc/a.b and container web: /etc_a.b differ, but would both be "
        '"etc_a.b" among the generated files; put one of them into a rule of its own'
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "{etc/x: a}",
            '"etc/x" is not the absolute path of a file; begin it with "/"',
            id="relative",
        ),
        pytest.param(
            "{/etc/: a}",
            '"/etc/" is not the absolute path of a file; end it with the name of the file',
            id="a folder",
        ),
        pytest.param("{/x: {mode: 0644}}", 'it needs either "file" or "text"', id="no text"),
        pytest.param(
            "{/x: {text: a, mode: rw}}", "rw is not a file mode; write it as 0644", id="mode"
        ),
        pytest.param("{/x: {text: a, mode: 0888}}", "0888 is not a file mode", id="mode: no octal"),
        pytest.param(
            "{/x: {text: a, mode: 01777}}", "01777 is not a file mode", id="mode: too large"
        ),
        pytest.param("{/x: {text: a, mode: -1}}", "-1 is not a file mode", id="mode: negative"),
        pytest.param("{/x: {text: a, mode: true}}", "true is not a file mode", id="mode: bool"),
        pytest.param("{/x: {text: a, mode: []}}", "a list is not a file mode", id="mode: list"),
        pytest.param(
            "{/x: {txt: a, text: a}}", 'unknown key "txt"; did you mean "text"?', id="key"
        ),
        pytest.param(
            "{/x: {text: a, carrier: Pod}}",
            'must be one of configMap, pod; did you mean "pod"?',
            id="carrier",
        ),
        pytest.param("{/x: [a]}", "must be text, not a list", id="list"),
        pytest.param("{/x: {file: [a]}}", "must be text, not a list", id="file that is no name"),
        pytest.param("[/x]", "must be a mapping, not a list", id="files as a list"),
        pytest.param("{/x: {file: no.txt}}", '"no.txt" cannot be read', id="missing"),
        pytest.param("{/x: {file: .}}", '"." cannot be read (is a directory)', id="folder"),
        pytest.param("{/x: {file: ../x}}", '"../x" is outside the folder', id="above"),
        pytest.param("{/x: {file: /etc/hostname}}", "is outside the folder", id="elsewhere"),
        pytest.param("{/x: {file: link}}", '"link" is outside the folder', id="link to elsewhere"),
        pytest.param("{/x: {file: binary}}", '"binary" is not UTF-8', id="binary"),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, tmp_path: Path, value: str, message: str) -> None:
    """A mistake has its place and says what to write; a rule reads its own folder only."""
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    (tmp_path / "link").symlink_to("/etc/hostname")

    with pytest.raises(RulesError) as caught:
        apply_verb("containers", f"web: {{files: {value}}}", WEB, folder=tmp_path)

    assert message in str(caught.value)
    assert len(caught.value.messages) == 1
