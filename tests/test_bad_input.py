"""Input that is not what it should be: one clear line with its place, exit code 1, nothing on standard output."""

from __future__ import annotations

import random
import resource
import subprocess
import sys

import pytest

RULES = "rules: {all: {match: {kind: '*'}, expect: any, labels: {a: b}}}"
OBJECT = b"kind: A\nmetadata: {name: a}\n"


def run(folder, stream, rules=RULES, *, limit=0):
    """The command over a stream, with its memory limited to so many bytes where asked."""
    (folder / "kmod.yaml").write_bytes(rules if isinstance(rules, bytes) else rules.encode())

    def limited():
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    command = [sys.executable, "-m", "postrender"]
    return subprocess.run(
        command,
        cwd=folder,
        input=stream,
        capture_output=True,
        timeout=120,
        check=False,
        preexec_fn=limited,
    )


def refused(done, line):
    """One line with its place, and nothing else anywhere."""
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().splitlines() == [line]


def bomb():
    """A small text that stands for billions of values."""
    lines = ["kind: A", "a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join(lines).encode()


HINT = "mend the chart's template or its values"


@pytest.mark.parametrize(
    ("stream", "line"),
    [
        pytest.param(b"kind: A\0\n", "<stdin>:1:8: a NUL byte; standard input must be YAML as Helm renders it", id="NUL"),
        pytest.param(b'kind: A\nx: "\xff"\n', "<stdin>:2:5: not UTF-8; standard input must be YAML as Helm renders it", id="not UTF-8"),
        pytest.param(OBJECT + b"---\nkind: A\nx: \x01\n", f"<stdin>:5:4: control characters are not allowed; {HINT}", id="control character"),
        pytest.param(b"kind: A\nx: .nan\n", f"<stdin>:2:4: .nan has no JSON; write a number, or quote it if it is a text; {HINT}", id="not a number"),
        pytest.param(b"kind: A\n" + b"x: " + b"[" * 10_000 + b"]" * 10_000, f"<stdin>:2:204: nested deeper than 200 levels; {HINT}", id="nested 10,000 deep"),
        pytest.param(bomb(), f"<stdin>:8:14: its aliases stand for more than 1000000 values; {HINT}", id="alias bomb"),
        pytest.param(b"kind: A\na: &x\n  b: *x\n", f"<stdin>:3:6: an anchor (&) that contains itself; {HINT}", id="cycle"),
        pytest.param(b"kind: A\nmetadata: []\n", "kmod.yaml:1:9: rule \"all\": A/(no name): metadata: must be a mapping; mend the chart's values", id="metadata is a list"),
        pytest.param(b"kind: A\nmetadata: {labels: x}\n", "kmod.yaml:1:9: rule \"all\": A/(no name): metadata.labels: must be a mapping; mend the chart's values", id="labels are text"),
    ],
)  # fmt: skip
def test_refused_input_gets_one_line(tmp_path, stream, line):
    """What cannot be read, or could not be changed safely, is refused with its place."""
    refused(run(tmp_path, stream), line)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b'kind: A\nmetadata:\n  name: "x\n', id="half a document"),
        pytest.param(
            b"kind: A\nmetadata:\n  name: {{ .Values.x }}\n", id="a template left in the text"
        ),
        pytest.param(b"kind: A\nx: 1\n...\nkind: B\n", id="text after the end"),
        pytest.param(b"%YAML 1.1\n---\nkind: A\n", id="directive"),
        pytest.param(b'{"kind":"A"}{"kind":"B"}', id="two JSON objects"),
        pytest.param(random.Random(1).randbytes(3000), id="binary"),
    ],
)
def test_broken_input_gets_one_line(tmp_path, stream):
    """One line with file, line and column; no traceback."""
    done = run(tmp_path, stream)

    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("<stdin>:")
    assert "; " in line


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"- a\n- b\n", id="a list"),
        pytest.param(b"text\n---\n5\n---\nnull\n", id="scalars"),
        pytest.param(b"kind: [a]\n---\nkind: 5\n---\nkind: null\n", id="a kind that is no text"),
        pytest.param(b"# nothing but a comment\n", id="a comment"),
        pytest.param(b"kind: List\nitems: []\n", id="an empty List"),
    ],
)
def test_what_is_no_object_is_left_alone(tmp_path, stream):
    """What no rule can be for comes out byte for byte."""
    done = run(tmp_path, stream)

    assert (done.returncode, done.stdout, done.stderr) == (0, stream, b"")


def test_strange_objects_are_changed_like_others(tmp_path):
    """Missing metadata, null metadata and two objects of one name are no reason to fail."""
    done = run(
        tmp_path, b"kind: A\n---\nkind: B\nmetadata: null\n---\n" + OBJECT + b"---\n" + OBJECT
    )

    assert done.returncode == 0
    assert done.stdout.decode().count("a: b") == 4


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        pytest.param("rules: &a\n  x: *a\n", "kmod.yaml:2:6: an anchor (&) that contains itself; mend the YAML", id="cycle"),
        pytest.param(b"rules: {x: \0}", "kmod.yaml:1:12: control characters are not allowed; mend the YAML", id="NUL"),
        pytest.param(b"rules: \xff", "kmod.yaml: not UTF-8 (byte 7); save it as UTF-8", id="not UTF-8"),
        pytest.param("rules: {x: {expect: 99999999999999999999999999x, labels: {}}}", 'kmod.yaml:1:21: rule "x": expect: must be a number, "2+", "1-3" or any', id="no number"),
        pytest.param("text", 'kmod.yaml:1:1: a rules file is a mapping; begin it with "rules:"', id="text"),
        pytest.param("", 'kmod.yaml:1:1: there are no rules; begin with "rules:"', id="empty"),
    ],
)  # fmt: skip
def test_bad_rules_get_one_line(tmp_path, rules, message):
    """A rules file that cannot be read is refused with its place."""
    refused(run(tmp_path, OBJECT, rules), message)


def test_a_huge_number_keeps_its_digits(tmp_path):
    """A number too large for any machine, where Kubernetes takes text, is the text that was written."""
    digits = "9" * 400

    done = run(tmp_path, OBJECT, f"rules: {{x: {{match: {{kind: A}}, labels: {{a: {digits}}}}}}}")

    assert f'"{digits}"' in done.stdout.decode()


def test_100_000_documents(tmp_path):
    """Many documents are many documents: all there, in order, in bounded memory."""
    stream = b"".join(b"---\nkind: B\nmetadata: {name: b%d}\n" % i for i in range(100_000))

    done = run(
        tmp_path, stream, "rules: {x: {match: {kind: A}, expect: any, labels: {}}}", limit=1 << 30
    )

    assert done.stdout == stream


def test_100_megabytes(tmp_path):
    """A large stream takes little more memory than itself: here less than four times, with Python."""
    filler = b"---\nkind: ConfigMap\ndata:\n  text: |\n" + (b"    " + b"x" * 95 + b"\n") * 1000
    stream = OBJECT + filler * (100_000_000 // len(filler))

    done = run(tmp_path, stream, RULES.replace("'*'", "A"), limit=400 << 20)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(stream[-1_000_000:])


def test_nothing_is_left_behind(tmp_path):
    """A failed run leaves no file where it ran."""
    run(tmp_path, b"kind: A\0")

    assert [path.name for path in tmp_path.iterdir()] == ["kmod.yaml"]
