"""Input that is not what it should be: one clear line with its place, exit code 1, nothing on standard output."""

from __future__ import annotations

import os
import random
import resource
import subprocess

import pytest
from program import program

RULES = "rules: {all: {match: {kind: '*'}, expect: any, labels: {a: b}}}"
OBJECT = b"kind: A\nmetadata: {name: a}\n"


def run(folder, stream, rules=RULES, *arguments, limit=0, file_limit=0, stdout=subprocess.PIPE):
    """The command over a stream, with its memory and its files limited to so many bytes if asked."""
    (folder / "kmod.yaml").write_bytes(rules if isinstance(rules, bytes) else rules.encode())

    def limited():
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        if file_limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    command = [program(), *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        input=stream,
        stdout=stdout,
        stderr=subprocess.PIPE,
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


HINT = "fix the chart's template or its values"


@pytest.mark.parametrize(
    ("stream", "line"),
    [
        pytest.param(b"kind: A\0\n", "<stdin>:1:8: a NUL byte; give YAML as Helm renders it", id="NUL"),
        pytest.param(b'kind: A\nx: "\xff"\n', "<stdin>:2:5: not UTF-8; give YAML as Helm renders it", id="not UTF-8"),
        pytest.param(OBJECT + b"---\nkind: A\nx: \x01\n", f"<stdin>:5:4: YAML does not allow the character U+0001; {HINT}", id="control character"),
        pytest.param(b"kind: A\nx: .nan\n", f"<stdin>:2:4: .nan cannot be written as JSON; write a number, or quote it; {HINT}", id="not a number"),
        pytest.param(b"kind: A\n" + b"x: " + b"[" * 10_000 + b"]" * 10_000, f"<stdin>:2:204: nested deeper than 200 levels; {HINT}", id="nested 10,000 deep"),
        pytest.param(bomb(), f"<stdin>:8:10: its aliases stand for more than 1000000 values; {HINT}", id="alias bomb"),
        pytest.param(b"kind: A\na: &x\n  b: *x\n", f"<stdin>:3:6: an anchor (&) that contains itself; {HINT}", id="cycle"),
        pytest.param(b"kind: A\nmetadata: []\n", "kmod.yaml:1:9: rule \"all\": A/(no name): metadata: must be a mapping; fix the chart's values", id="metadata is a list"),
        pytest.param(b"kind: A\nmetadata: {labels: x}\n", "kmod.yaml:1:9: rule \"all\": A/(no name): metadata.labels: must be a mapping; fix the chart's values", id="labels are text"),
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
        pytest.param("rules: &a\n  x: *a\n", "kmod.yaml:2:6: an anchor (&) that contains itself; fix the YAML", id="cycle"),
        pytest.param(b"rules: {x: \0}", "kmod.yaml:1:12: YAML does not allow the character U+0000; fix the YAML", id="NUL"),
        pytest.param(b"rules: \xff", "kmod.yaml: not UTF-8 (byte 7); save it as UTF-8", id="not UTF-8"),
        pytest.param("rules: {x: {expect: 99999999999999999999999999x, labels: {a: b}, match: {}}}", 'kmod.yaml:1:21: rule "x": expect: must be a number, "2+", "1-3" or any', id="no number"),
        pytest.param(f"rules: {{x: {{expect: {'9' * 5000}, labels: {{a: b}}, match: {{}}}}}}", 'kmod.yaml:1:21: rule "x": expect: must be a number, "2+", "1-3" or any', id="a number longer than Python reads"),
        pytest.param(f"rules: {{x: {{match: {{kind: A}}, jsonPatch: [{{op: add, path: /a/{'9' * 5000}, value: 1}}]}}}}", f'kmod.yaml:1:9: rule "x": A/a: jsonPatch[0]: add /a/{"9" * 5000}: the object has nothing at this path; fix the path', id="an index longer than Python reads"),
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

    done = run(
        tmp_path, OBJECT, f"rules: {{x: {{match: {{kind: A}}, annotations: {{a: {digits}}}}}}}"
    )

    assert f'"{digits}"' in done.stdout.decode()


def test_100_000_documents(tmp_path):
    """Many documents are many documents: all there, in order, in bounded memory."""
    stream = b"".join(b"---\nkind: B\nmetadata: {name: b%d}\n" % i for i in range(100_000))

    done = run(
        tmp_path,
        stream,
        "rules: {x: {match: {kind: A}, expect: any, labels: {a: b}}}",
        limit=1 << 30,
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


def test_a_patch_that_copies_copies(tmp_path):
    """What doubles with each operation is stopped before it fills the memory."""
    copies = ", ".join(f'{{op: copy, from: "", path: /x{i}}}' for i in range(60))

    done = run(
        tmp_path,
        OBJECT,
        f"rules: {{x: {{match: {{kind: A}}, jsonPatch: [{copies}]}}}}",
        limit=1 << 30,
    )

    refused(
        done,
        'kmod.yaml:1:9: rule "x": A/a: jsonPatch[17]: copy /x17: the object has more than 1000000 values '
        "now; copy less",
    )


def test_a_file_that_is_a_pipe(tmp_path):
    """It would be waited for without end."""
    os.mkfifo(tmp_path / "pipe")

    done = run(
        tmp_path, OBJECT, "rules: {x: {containers: {a: {files: {/a: {file: pipe}}}}, match: {}}}"
    )

    refused(
        done,
        'kmod.yaml:1:49: rule "x": containers.a.files./a.file: "pipe" is a device or a pipe; '
        "name a file beside the rules file",
    )


def test_a_file_name_that_no_file_can_have(tmp_path):
    """Python would say it in words of its own."""
    done = run(
        tmp_path, OBJECT, 'rules: {x: {containers: {a: {files: {/a: {file: "a\\0b"}}}}, match: {}}}'
    )

    refused(
        done,
        'kmod.yaml:1:49: rule "x": containers.a.files./a.file: no file can have a NUL character '
        "in its name; remove it",
    )


HALF = b"kind: A\nmetadata: {name: a\n"
COMMANDS = [
    ["diff"],
    ["diff", "--side-by-side"],
    ["explain"],
    ["explain", "--json"],
    ["explain", "--html", "page.html"],
    ["export"],
    ["lock", "--check"],
]


@pytest.mark.parametrize(
    "command", [*COMMANDS, ["inspect", "--all"], ["--report", "report.json"]], ids=" ".join
)
@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(HALF, id="half a document"),
        pytest.param(b"kind: A\nx: " + b"[" * 10_000, id="nested deep"),
        pytest.param(bomb(), id="alias bomb"),
        pytest.param(b"kind: A\0", id="NUL"),
        pytest.param(b'kind: A\nx: "\xff"\n', id="not UTF-8"),
        pytest.param(random.Random(1).randbytes(3000), id="binary"),
        pytest.param(b"kind: A\nmetadata:\n  name: {{ .Values.x }}\n", id="a template"),
    ],
)  # fmt: skip
def test_commands_refuse_bad_input_as_a_render_does(tmp_path, command, stream):
    """The same line, and nothing on standard output."""
    rendered = run(tmp_path, stream)

    done = run(tmp_path, stream, RULES, *command)

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == rendered.stderr


def test_a_stream_in_a_file_is_named(tmp_path):
    """By the commands, which can read one."""
    (tmp_path / "chart.yaml").write_bytes(HALF.replace(b"A", b"Pod"))

    for command in ("diff", "explain", "inspect", "export", "init", "lock"):
        options = {"inspect": ["--all"], "init": ["--way", "sidecar", "--to", "new.yaml"]}
        done = run(tmp_path, b"", RULES, command, *options.get(command, []), "chart.yaml")
        assert (done.returncode, done.stdout) == (1, b"")
        (line,) = done.stderr.decode().splitlines()
        assert line.startswith('chart.yaml:3:1: the "{" one line above is not closed')


@pytest.mark.parametrize("options", [[], ["--all"], ["--check"]], ids=" ".join)
@pytest.mark.parametrize("stream", [b"", b"\n---\n# nothing\n", b"kind: List\nitems: []\n"])
def test_lock_refuses_a_stream_without_objects(tmp_path, stream, options):
    """As what `helm template` prints where it fails: `--check` must not pass."""
    done = run(tmp_path, stream, RULES, "lock", *options)

    refused(
        done,
        "<stdin>: there are no objects, so no images can be found in them; "
        "check the command that renders the chart",
    )
    (tmp_path / "chart.yaml").write_bytes(stream)
    done = run(tmp_path, b"", RULES, "lock", *options, "chart.yaml")
    assert done.stderr.startswith(b"chart.yaml: there are no objects")
    assert done.returncode == 1


def test_explain_claims_nothing_of_a_failed_run(tmp_path):
    """What a rule matched is known; that it left it as it is is not."""
    stream = b"kind: A\nmetadata: {name: a, labels: x}\n"

    done = run(tmp_path, stream, RULES, "explain", "--html", "page.html")

    assert "  matched: A/a\n" in done.stderr.decode()
    assert "as the rule wants it" not in done.stderr.decode()
    assert "as the rule wants it" not in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize("option", [["--report", "no/file"], ["explain", "--html", "no/file"]])
def test_a_report_that_cannot_be_written_hides_no_failure(tmp_path, option):
    """Both are said, the run's own first."""
    done = run(tmp_path, HALF, RULES, *option)

    assert (done.returncode, done.stdout) == (1, b"")
    first, second = done.stderr.decode().splitlines()
    assert first.startswith("<stdin>:3:1: ")
    assert second.endswith(
        "no/file: cannot be written (no such file or directory); name another file"
    )


@pytest.mark.parametrize("option", [["--report", "new"], ["explain", "--html", "new"]])
def test_no_half_of_a_report_is_left(tmp_path, option):
    """Where the disk is full, say."""
    done = run(tmp_path, OBJECT, RULES, *option, file_limit=100)

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().endswith(
        "new: cannot be written (file too large); name another file\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["kmod.yaml"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "command",
    [[], ["diff"], *COMMANDS[2:4], ["explain", "--html", "-"], ["export"], ["inspect"], ["check"], ["schema"], ["completion", "bash"], ["--help"], ["diff", "--help"], ["--version"]],
    ids=" ".join,
)  # fmt: skip
def test_an_output_that_is_full(tmp_path, command):
    """One line whatever was to be printed."""
    with open("/dev/full", "wb") as full:
        done = run(tmp_path, OBJECT, RULES, *command, stdout=full)

    assert done.returncode == 1
    assert done.stderr.decode() == (
        "<stdout>: cannot be written (no space left on device); keep it open and writable until kmod-post ends\n"
    )


@pytest.mark.parametrize("index", ["\u00b2", "9" * 5000, "-1", "a"])
def test_an_index_that_is_no_number(tmp_path, index):
    """What a host of KRM functions writes beside an item is told only where it is one."""
    annotations = f"{{config.kubernetes.io/path: a.yaml, config.kubernetes.io/index: '{index}'}}"
    stream = (
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
        f"- {{kind: A, metadata: {{name: a, annotations: {annotations}}}}}\n"
    )

    done = run(tmp_path, stream.encode())

    assert (done.returncode, done.stderr) == (0, b"")
    assert "    path: a.yaml\n" in done.stdout.decode()
    assert "    index:" not in done.stdout.decode()


def test_rules_in_the_stream_are_named_by_their_place_in_it(tmp_path):
    """Also where a rules file lies beside, and what is wrong is something that is not there."""
    done = run(tmp_path, OBJECT + b"---\nkind: KmodRules\nrules: {}\n")

    refused(done, "<stdin>:4:1: a KmodRules document has apiVersion: kmod/v1")


def test_claim_templates_that_are_no_list(tmp_path):
    """A chart's mistake that no rule is about is left to Kubernetes; it is no bug of ours."""
    pod = b"{spec: {containers: [{name: web, image: a}]}}"
    head = b"apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\n"
    stream = head + b"spec: {volumeClaimTemplates: 5, template: " + pod + b"}\n"
    done = run(tmp_path, stream)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"volumeClaimTemplates: 5" in done.stdout


@pytest.mark.parametrize(
    "stream",
    [b"hello\n", b"Error: chart not found\n", b"---\n<html>\n", b"- 1\n", b"replicaCount: 2\n"],
)
def test_the_commands_refuse_what_has_no_object(tmp_path, stream):
    """An error message of Helm, a page, a values file: no advice about `match` fits."""
    (tmp_path / "chart.yaml").write_bytes(stream)
    (tmp_path / "good.yaml").write_bytes(OBJECT)
    line = 2 if stream.startswith(b"---") else 1

    for command in (["diff"], ["explain"], ["inspect"], ["compare", "good.yaml"]):
        done = run(tmp_path, b"", RULES, *command, "chart.yaml")
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode() == (
            f"chart.yaml:{line}:1: not a Kubernetes object (no apiVersion and kind); "
            "give rendered manifests, as helm template prints them\n"
        )


def test_other_documents_beside_objects_are_kept(tmp_path):
    """Charts have them: the render writes them as they are, and the commands read the objects."""
    stream = b"hello\n---\n" + OBJECT

    assert run(tmp_path, stream, RULES).stdout.startswith(b"hello\n---\n")
    assert run(tmp_path, stream, RULES, "inspect", "--all").returncode == 0
