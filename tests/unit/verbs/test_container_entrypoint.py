"""`entrypoint` of a container: the script, and the argv that it hands over to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from postrender.errors import LockError, RulesError, VerbError
from postrender.kubernetes.images import Locked
from postrender.verbs.container_entrypoint import Entrypoint, interpreter, script_text

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Applied, ApplyVerb

SCRIPT = "/kmod-post/rule/web.sh"
MOUNT = {"name": "kmod-rule", "mountPath": "/kmod-post/rule", "readOnly": True}
DIGEST = f"sha256:{1:064}"
LOCKED = Locked(("/e", "$A"), ("c", "$$"), DIGEST)


def apply(
    apply_verb: ApplyVerb, entrypoint: str, container: dict[str, Any], **kwargs: Any
) -> Applied:
    """The verb `containers` with this entrypoint, on a pod with this container."""
    container = {"name": "web", "image": "nginx:1.19", **container}
    value = f"web: {{entrypoint: {entrypoint}}}"
    return apply_verb("containers", value, {"containers": [container]}, **kwargs)


def web(applied: Applied) -> dict[str, Any]:
    """The container that comes of it."""
    (container,) = applied.data["containers"]
    return dict(container)


@pytest.mark.parametrize(
    ("entrypoint", "container", "args"),
    [
        pytest.param("{script: a}", {}, ["/e", "$$A", "c", "$$$$"], id="from the lock file"),
        pytest.param(
            "{script: a}",
            {"args": ["$(B)", "$"]},
            ["/e", "$$A", "$(B)", "$"],
            id="the chart's args for CMD",
        ),
        pytest.param("{script: a}", {"command": ["x", "$(B)"]}, ["x", "$(B)"], id="command"),
        pytest.param(
            "{script: a}", {"command": ["x"], "args": ["$$"]}, ["x", "$$"], id="command and args"
        ),
        pytest.param(
            "{script: a}",
            {"command": [], "args": None},
            ["/e", "$$A", "c", "$$$$"],
            id="empty ones are none",
        ),
        pytest.param("{script: a, original: [o, $, 1]}", {}, ["o", "$$", "1"], id="original"),
        pytest.param(
            "{script: a, original: [o]}", {"command": ["x"]}, ["x"], id="the chart before original"
        ),
    ],
)
def test_argv(
    apply_verb: ApplyVerb, entrypoint: str, container: dict[str, Any], args: list[str]
) -> None:
    """The script becomes the command, and what it replaces its args, the image's with `$$`."""
    applied = apply(apply_verb, entrypoint, container, argv_of=lambda *_: LOCKED)
    assert web(applied) == {
        "name": "web",
        "image": "nginx:1.19",
        "command": [SCRIPT],
        "args": args,
        "volumeMounts": [MOUNT],
    }
    assert applied.warnings == []
    assert applied.files["web.sh"].mode == 0o755

    again = apply_verb("containers", f"web: {{entrypoint: {entrypoint}}}", applied.data)
    assert again.data == applied.data


def test_original_with_args(apply_verb: ApplyVerb) -> None:
    """Beside args of the chart, `original` can only be the ENTRYPOINT; that is said."""
    applied = apply(apply_verb, "{script: a, original: [o]}", {"args": ["b"]})
    assert web(applied)["args"] == ["o", "b"]
    (warning,) = applied.warnings
    assert "original: is taken as the image's ENTRYPOINT alone" in warning


def test_what_is_asked(apply_verb: ApplyVerb) -> None:
    """The lock file is asked for the image as it is written, and the platform in its spelling."""
    asked = []

    def argv_of(image: str, platform: str) -> Locked:
        asked.append((image, platform))
        return LOCKED

    for entrypoint in ("{script: a}", "{script: a, platform: linux/arm64/v8}"):
        apply(apply_verb, entrypoint, {}, argv_of=argv_of)
    assert asked == [("nginx:1.19", ""), ("nginx:1.19", "linux/arm64")]
    for entrypoint, container in (
        ("{script: a, original: [b]}", {}),
        ("{script: a}", {"command": ["b"]}),
    ):
        apply(apply_verb, entrypoint, container, argv_of=argv_of)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("locked", "message"),
    [
        pytest.param(
            None,
            "what nginx:1.19 starts is not known; write its ENTRYPOINT and CMD as "
            '"original:", or run "kmod-post lock"',
            id="not known",
        ),
        pytest.param(
            Locked((), (), DIGEST),
            "nginx:1.19 has neither ENTRYPOINT nor CMD, so there is nothing to start; write it as "
            '"original:"',
            id="nothing to start",
        ),
        pytest.param(Locked(("",), (), DIGEST), "has neither ENTRYPOINT nor CMD", id="taken away"),
        pytest.param(LockError("it differs; say which"), "it differs; say which", id="differs"),
    ],
)
def test_unknown(apply_verb: ApplyVerb, locked: Locked | LockError | None, message: str) -> None:
    """Where it is not known what to start, the run fails and says the container and the image."""

    def argv_of(_image: str, _platform: str) -> Locked | None:
        if isinstance(locked, LockError):
            raise locked
        return locked

    with pytest.raises(VerbError) as caught:
        apply(apply_verb, "{script: a}", {}, argv_of=argv_of)
    assert str(caught.value).startswith(
        'rules.yaml:1:1: rule "rule": Deployment/web: container web: '
    )
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        pytest.param("nginx:1.19", f"nginx:1.19@{DIGEST}", id="tag"),
        pytest.param("nginx", f"nginx@{DIGEST}", id="no tag"),
        pytest.param(f"nginx@sha256:{2:064}", f"nginx@sha256:{2:064}", id="digest"),
    ],
)
def test_pin(apply_verb: ApplyVerb, image: str, pinned: str) -> None:
    """The locked digest goes into the image where that is asked for, and only there."""
    for pin, expected in (("true", pinned), ("false", image)):
        for container in ({}, {"command": ["x"]}):
            applied = apply(
                apply_verb,
                f"{{script: a, pin: {pin}}}",
                {"image": image, **container},
                argv_of=lambda *_: LOCKED,
            )
            assert web(applied)["image"] == expected
            assert list(web(applied))[:4] == ["name", "image", "command", "args"]


def test_pin_of_an_unknown_image(apply_verb: ApplyVerb) -> None:
    """Without its digest an image cannot be pinned, even where its argv is known."""
    with pytest.raises(VerbError, match=r'nginx:1.19 starts is not known; run "kmod-post lock"'):
        apply(apply_verb, "{script: a, pin: true}", {"command": ["x"]})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("{}", 'it has no "script"', id="empty"),
        pytest.param("[a]", "must be a mapping, not a list", id="list"),
        pytest.param("{script: a, file: b}", 'it has "script" and "file"', id="two scripts"),
        pytest.param("{scripts: a}", 'unknown key "scripts"; did you mean "script"?', id="typo"),
        pytest.param("{script: [a]}", "must be text, not a list", id="no text"),
        pytest.param('{script: "#!/bin/a", shell: b}', '"#!" line of its own', id="two shells"),
        pytest.param("{script: a, original: []}", "it is empty", id="empty original"),
        pytest.param("{script: a, original: b}", "must be a list of texts", id="original as text"),
        pytest.param("{script: a, platform: arm64}", '"arm64" is not a platform', id="platform"),
        pytest.param("{script: a, pin: 1}", "must be true or false, not a number", id="pin"),
        pytest.param(
            "{script: a, pin: true, original: [b]}",
            'it asks the lock file, which "original" replaces',
            id="pin and original",
        ),
        pytest.param(
            "{script: a, platform: linux/arm64, original: [b]}",
            'it asks the lock file, which "original" replaces',
            id="platform and original",
        ),
        pytest.param("{script: a, shell: python3}", "it starts nothing", id="no shell"),
        pytest.param("{file: not-there.sh}", '"not-there.sh" cannot be read', id="no file"),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """A mistake is one line with its place."""
    with pytest.raises(RulesError) as caught:
        apply(apply_verb, value, {})
    lines = list(map(str, caught.value.messages))
    assert all(line.startswith("rules.yaml:") for line in lines)
    assert any(message in line for line in lines)


@pytest.mark.parametrize(
    ("script", "text"),
    [
        pytest.param("a", '#!/bin/sh\na\nexec "$@"\n', id="one line"),
        pytest.param("a\n", '#!/bin/sh\na\nexec "$@"\n', id="with its end"),
        pytest.param("", '#!/bin/sh\nexec "$@"\n', id="empty"),
        pytest.param("a\r\nb\r\n", '#!/bin/sh\na\nb\nexec "$@"\n', id="Windows' line ends"),
        pytest.param("#!/bin/ash\nb", '#!/bin/ash\nb\nexec "$@"\n', id="own shell"),
        pytest.param("#!/bin/awk -f\nb", "#!/bin/awk -f\nb\n", id="no shell"),
        pytest.param('a\nexec "$@"', '#!/bin/sh\na\nexec "$@"\n', id="own hand-over"),
        pytest.param('a\nexec "$@"\n', '#!/bin/sh\na\nexec "$@"\n', id="own hand-over, ended"),
        pytest.param('# exec "$@"', '#!/bin/sh\n# exec "$@"\nexec "$@"\n', id="not a hand-over"),
    ],
)
def test_script(script: str, text: str) -> None:
    """The script runs as it was written, and hands over once."""
    assert script_text(Entrypoint(script, "sh", None, "", pin=False, carrier="")) == text


@pytest.mark.parametrize(
    ("shell", "path"),
    [
        ("sh", "/bin/sh"),
        ("bash", "/usr/bin/env bash"),
        ("/opt/bin/zsh", "/opt/bin/zsh"),
        ("bash -e", "/bin/bash -e"),
        ("/bin/sh -eu", "/bin/sh -eu"),
    ],
)
def test_interpreter(shell: str, path: str) -> None:
    """What stands behind `#!`."""
    assert interpreter(shell) == path


def test_script_from_a_file(apply_verb: ApplyVerb, tmp_path: Path) -> None:
    """The script may be a file beside the rules file."""
    (tmp_path / "run.sh").write_text("a $1\n", encoding="utf-8")
    value = "{file: run.sh, shell: bash, original: [b]}"
    applied = apply(apply_verb, value, {}, folder=tmp_path)
    assert applied.files["web.sh"].text == '#!/usr/bin/env bash\na $1\nexec "$@"\n'
