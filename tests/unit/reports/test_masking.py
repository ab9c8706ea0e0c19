from __future__ import annotations

from random import Random
from typing import Any

import pytest
from corpus import FOLDER, files, needed
from hypothesis import given
from hypothesis import strategies as st
from styles import some_styles, write

from postrender.reports.masking import MASK, masked, masked_pair, masked_text
from postrender.reports.secrets import is_secret_name
from postrender.stream.text import Stream
from postrender.yamltext.reader import read
from postrender.yamltext.writer import Layout, mapping_lines
from postrender.yamltext.writer import flow as inline

SECRET = {"kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "geheim"}, "type": "Opaque"}
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
RULE = {"kind": ["Secret"]}
OPEN = "kind: ConfigMap\ndata: {a: b}\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(SECRET, {**SECRET, "data": {"a": "•••"}}, id="a Secret"),
        pytest.param(
            {"kind": "List", "items": [{"kind": "Secret", "stringData": {"a": "geheim"}}]},
            {"kind": "List", "items": [{"kind": "Secret", "stringData": {"a": "•••"}}]},
            id="in a List",
        ),
        pytest.param(
            {"spec": {"template": {"stringData": {"a": {"b": "geheim"}}}}},
            {"spec": {"template": {"stringData": {"a": "•••"}}}},
            id="any stringData",
        ),
        pytest.param(
            {"kind": "Secret", "data": "geheim"},
            {"kind": "Secret", "data": "•••"},
            id="no mapping",
        ),
        pytest.param(
            {"metadata": {"annotations": {LAST_APPLIED: "geheim"}}},
            {"metadata": {"annotations": {LAST_APPLIED: "••• (6 bytes)"}}},
            id="what kubectl apply keeps",
        ),
        pytest.param(
            {"match": RULE, "merge": {"data": {"a": "geheim"}}, "jsonPatch": [{"value": "geheim"}]},
            {"match": RULE, "merge": {"data": "•••"}, "jsonPatch": "•••"},
            id="a rule for Secrets",
        ),
        pytest.param(
            {"match": {"kind": "S*"}, "merge": {"data": {"a": "geheim"}}},
            {"match": {"kind": "S*"}, "merge": {"data": "•••"}},
            id="a rule for Secrets and others",
        ),
        pytest.param(
            [{"op": "add", "path": "/data/a", "value": "geheim"}],
            [{"op": "add", "path": "/data/a", "value": "•••"}],
            id="a patch",
        ),
        pytest.param(
            {"metadata": {"annotations": {"objectset.rio.cattle.io/applied": "geheim"}}},
            {"metadata": {"annotations": {"objectset.rio.cattle.io/applied": "••• (6 bytes)"}}},
            id="what others keep",
        ),
    ],
)
def test_values_of_secrets_are_hidden(data: Any, expected: Any) -> None:
    """Keys are shown, values are not, wherever a Secret stands."""
    assert masked(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            {"kind": "ConfigMap", "metadata": {"annotations": {"kmod-post/rule": "a"}}, "data": {"a.sh": "äb"}},
            {"kind": "ConfigMap", "metadata": {"annotations": {"kmod-post/rule": "a"}}, "data": {"a.sh": "••• (3 bytes)"}},
            id="a generated ConfigMap",
        ),
        pytest.param(
            {"metadata": {"annotations": {"kmod-post/file-r.a.sh": "äb", "kmod-post/checksum-r": "12"}}},
            {"metadata": {"annotations": {"kmod-post/file-r.a.sh": "••• (3 bytes)", "kmod-post/checksum-r": "12"}}},
            id="a file that the pod carries",
        ),
        pytest.param(
            {"functionConfig": {"kind": "ConfigMap", "data": {"kmod.yaml": "ab", "rules.a.env.A": "geheim"}}},
            {"functionConfig": {"kind": "ConfigMap", "data": {"kmod.yaml": "••• (2 bytes)", "rules.a.env.A": "•••"}}},
            id="rules of a KRM function",
        ),
        pytest.param({"kind": "ConfigMap", "data": {"a": "b", "PASSWORD": "geheim"}}, {"kind": "ConfigMap", "data": {"a": "b", "PASSWORD": "•••"}}, id="a ConfigMap's password"),
        pytest.param({"entrypoint": {"script": "ab", "shell": "sh"}}, {"entrypoint": {"script": "••• (2 bytes)", "shell": "sh"}}, id="a rule's script"),
        pytest.param({"postStart": "ab", "preStop": {"sleep": {"seconds": 1}}}, {"postStart": "••• (2 bytes)", "preStop": {"sleep": {"seconds": 1}}}, id="a rule's hooks"),
        pytest.param({"files": {"/a": "ab", "/b": {"text": "ab", "mode": 1}, "/c": {"file": "c"}}}, {"files": {"/a": "••• (2 bytes)", "/b": {"text": "••• (2 bytes)", "mode": 1}, "/c": {"file": "c"}}}, id="a rule's files"),
        pytest.param({"env": [{"name": "A", "value": "b"}, {"name": "API_KEY", "value": "geheim"}]}, {"env": [{"name": "A", "value": "b"}, {"name": "API_KEY", "value": "•••"}]}, id="env"),
        pytest.param({"env": {"A": "b", "TOKEN": "geheim", "KEY": {"secretKeyRef": {}}}}, {"env": {"A": "b", "TOKEN": "•••", "KEY": {"secretKeyRef": {}}}}, id="env in a rule"),
        pytest.param({"name": "DB", "value": "pg://u:geheim@db/x"}, {"name": "DB", "value": "•••"}, id="an address with a password"),
        pytest.param({"httpHeaders": [{"name": "Authorization", "value": "geheim"}]}, {"httpHeaders": [{"name": "Authorization", "value": "•••"}]}, id="a header"),
    ],
)  # fmt: skip
def test_scripts_and_what_is_named_secret_are_hidden(data: Any, expected: Any) -> None:
    """Of a text its length is shown, of a secret nothing; all beside them stays."""
    assert masked(data) == expected


@pytest.mark.parametrize(
    ("command", "args", "hidden"),
    [
        pytest.param(["sh", "-c", "A_TOKEN=a b"], [], ["A_TOKEN=a b"], id="a shell"),
        pytest.param(["/bin/bash", "-euo", "pipefail", "-c", "curl pg://u:a@b", "b"], [], ["curl pg://u:a@b"], id="with more flags"),
        pytest.param(["sh", "-c"], ["pwd: a", "c"], ["pwd: a"], id="the script in args"),
        pytest.param(["tini", "--", "sh", "-ec", "cat $SECRET"], [], ["cat $SECRET"], id="behind an init"),
        pytest.param([], ["-c", "bearer a"], ["bearer a"], id="the image's own shell"),
        pytest.param(["python3", "-c", "{'key': a}"], [], ["{'key': a}"], id="Python"),
        pytest.param(["x", "a\ntoken"], [], ["a\ntoken"], id="several lines"),
        pytest.param(["sh", "-c", "monkey && echo $PATH"], ["a\nb"], [], id="scripts without a secret's name"),
        pytest.param(["x", "--token", "a", "b"], [], ["a"], id="a flag and its value"),
        pytest.param(["x", "--token", "--verbose"], [], [], id="a flag without value"),
        pytest.param(["curl", "-H", "Authorization: a"], [], ["Authorization: a"], id="a header"),
        pytest.param(["x", "redis://:a@b"], [], ["redis://:a@b"], id="an address"),
        pytest.param(["nginx", "-c", "/etc/nginx.conf", "-g", "daemon off;"], [], [], id="no shell"),
        pytest.param(["sh", "/run.sh", "--secret-name=a"], [], ["--secret-name=a"], id="a script's flags"),
        pytest.param(["x", "--tls-private-key-file", "/a/tls.key", "https://a/secret"], [], [], id="paths"),
    ],
)  # fmt: skip
def test_words_of_a_command(command: list[str], args: list[str], hidden: list[str]) -> None:
    """Scripts, and values of what is named like a secret; programs, flags and paths are shown."""
    shown = masked({"command": command, "args": args})
    words = zip([*command, *args], [*shown["command"], *shown["args"]], strict=True)

    assert [word for word, told in words if word != told] == hidden


def test_the_flag_before_a_secret_is_shown() -> None:
    """So that it can be told which one is there."""
    shown = masked({"args": ["--token=a", "env", "DB_PASSWORD=a", "--set=auth.password=a"]})

    assert shown["args"] == ["--token=•••", "env", "DB_PASSWORD=•••", "--set=auth.password=•••"]


@pytest.mark.parametrize(
    "name", ["TOKEN", "DB_PASSWORD", "apiKey", "x-api-key", "KEY_2", "PGPASS", "Cookie", "AWS_SECRET_ACCESS_KEY", "basic.auth"]
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    """Whatever their style."""
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["PORT", "KEYCLOAK_URL", "AUTHOR", "PASSENGERS", "a", 5, None])
def test_names_of_no_secrets(name: Any) -> None:
    """Words that only begin so are others."""
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"kind": "ConfigMap", "data": {"a": "offen"}}, id="a ConfigMap"),
        pytest.param({"kind": "Secret", "data": None}, id="no data"),
        pytest.param([1, None, {"a": []}], id="anything else"),
    ],
)
def test_all_else_is_the_very_same(data: Any) -> None:
    """What holds no values of Secrets is not even copied."""
    assert masked(data) is data


def test_values_that_differ_still_do() -> None:
    """A changed value can be told from one that stays, and from one that came."""
    after = {**SECRET, "data": {"a": "anders", "b": "neu"}}

    first, second = masked_pair(SECRET, after)

    assert first["data"] == {"a": "••• (before)"}
    assert second["data"] == {"a": "••• (after)", "b": "•••"}
    assert masked_pair(SECRET, SECRET)[0]["data"] == {"a": "•••"}


def test_words_that_move_stay_the_same() -> None:
    """A word before them does not make scripts differ; one that differs is said to."""
    before = {"args": ["sh", "-c", "my token"]}

    first, second = masked_pair(before, {"args": ["env", "sh", "-c", "my token"]})
    assert (first["args"][2], second["args"][3]) == ("••• (8 bytes)", "••• (8 bytes)")

    first, second = masked_pair(before, {"args": ["env", "sh", "-c", "a secret"]})
    assert first["args"][2] == "••• (before, 8 bytes)"
    assert second["args"][3] == "••• (after, 8 bytes)"


TEXT = """\
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: s}
data: # geheim
  # geheim
  a: geheim # geheim
  b: | # geheim
    geheim
      geheim

    geheim
  # geheim
  # geheim
type: Opaque
stringData: {x: geheim, "y": 'geheim'} # geheim
"""
SHOWN = """\
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: s}
data: # •••
  # •••
  a: ••• # •••
  b: | # •••
    •••
      •••

    •••
  # •••
  # •••
type: Opaque
stringData: {x: •••, "y": •••} # •••
"""
COMMANDS = """\
- command: [sh, -c, "TOKEN=geheim; b"] # geheim
  env:
    - name: API_KEY # geheim
      value: >-
        geheim
      # geheim
    - {name: B, value: b} # b
  args:
    - --token="geheim
      geheim"
    - "--password=geheim"
    - --x
"""
COMMANDS_SHOWN = """\
- command: [sh, -c, •••] # •••
  env:
    - name: API_KEY # •••
      value: >-
        •••
      # •••
    - {name: B, value: b} # b
  args:
    - --token=•••
      •••
    - --password=•••
    - --x
"""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(TEXT, SHOWN, id="with comments"),
        pytest.param(TEXT.replace("\n", "\r\n"), SHOWN.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(COMMANDS, COMMANDS_SHOWN, id="commands"),
        pytest.param(
            '{"kind": "Secret", "data": {"a": "geheim"}, "x": 1}\n',
            '{"kind": "Secret", "data": {"a": •••}, "x": 1}\n',
            id="JSON",
        ),
        pytest.param(
            "x: &v geheim\nitems:\n- kind: Secret\n  data: {a: *v}\n",
            "x: •••\nitems:\n- kind: Secret\n  data: {a: •••}\n",
            id="an alias",
        ),
        pytest.param(
            "x: &v [geheim]\nitems:\n- kind: Secret\n  data: {a: {b: *v, c: [*v]}}\n",
            "x: •••\nitems:\n- kind: Secret\n  data: {a: •••}\n",
            id="aliases deep in a value",
        ),
        pytest.param(
            "x: &b\n  data: {a: geheim}\nitems:\n- <<: *b\n  kind: Secret\n",
            "x: &b\n  data: {a: •••}\nitems:\n- <<: *b\n  kind: Secret\n",
            id="a merge key",
        ),
        pytest.param(
            "x: &b {data: {a: geheim}}\ny: &c {kind: Secret, data: {b: geheim}}\nz: {<<: [*b, *c], data: {c: geheim}}\n",
            "x: &b {data: •••}\ny: &c {kind: Secret, data: •••}\nz: {<<: [*b, *c], data: {c: •••}}\n",
            id="what a merge key brings and is replaced",
        ),
        pytest.param(
            "kind: Secret\ndata: {a: geheim, a: geheim}\ndata: {b: geheim}\nx: {y: geheim, y: b}",
            "kind: Secret\ndata: •••\ndata: {b: •••}\nx: {y: •••, y: b}",
            id="keys that are there twice",
        ),
        pytest.param(
            "kind: Secret\ndata: {a: geheim, b: *elsewhere}\n",
            "kind: Secret\ndata: {a: •••, b: *elsewhere}\n",
            id="an alias to another document",
        ),
        pytest.param(
            'kind: "\\x53ecret"\ndata: {a: geheim}\n',
            'kind: "\\x53ecret"\ndata: {a: •••}\n',
            id="a kind in escapes",
        ),
        pytest.param(
            "kind: Secret\ndata:\n- geheim\n- geheim",
            "kind: Secret\ndata:\n•••\n•••",
            id="a list, no final line break",
        ),
        pytest.param(
            "kind: Secret\ndata: {? geheim : {geheim: geheim}, 5: geheim}\n",
            "kind: Secret\ndata: {? geheim : •••, 5: •••}\n",
            id="strange keys",
        ),
        pytest.param("kind: Secret\n  a: geheim\n", "•••\n  •••\n", id="no YAML"),
        pytest.param(OPEN, OPEN, id="no Secret"),
        pytest.param(
            '{env: [{name: TOKEN, value: "a #b"}], x: "c #d"} # e\n',
            '{env: [{name: TOKEN, value: •••}], x: "c #d"} # •••\n',
            id="a sign that begins no comment",
        ),
    ],
)  # fmt: skip
def test_values_are_hidden_in_text(text: str, shown: str) -> None:
    """The rest of the text stays as it is."""
    assert masked_text(text) == shown


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=5)


@given(st.dictionaries(st.sampled_from("abc"), VALUES.map("geheim".__add__), min_size=1))
def test_no_value_is_ever_shown(values: dict[str, str]) -> None:
    """Whatever the values are, and however they are written; the lines stay the same ones."""
    data = {"kind": "Secret", "metadata": {"name": "s"}, "stringData": values, "x": 1}
    text = "\n".join(mapping_lines(data, 0, Layout())) + "\n"

    shown = masked_text(text)

    assert "geheim" not in shown
    assert shown.startswith("kind: Secret\n")
    assert shown.count("\n") == text.count("\n")
    root = read(shown)
    assert root is not None
    assert root.data.keys() == data.keys()
    assert root.data["stringData"].keys() == values.keys()


SCRIPTS = st.lists(
    st.text(st.sampled_from("ab #:-'\"\\\n\t{}[]&*!|>%@"), max_size=12).map(lambda text: f"geheim{text}geheim"),
    min_size=1,
    max_size=3,
)  # fmt: skip


@given(SCRIPTS, st.booleans())
def test_no_script_is_ever_shown(scripts: list[str], flow: bool) -> None:
    """In whatever style the writer chooses for it."""
    data = {
        "exec": {"command": ["sh", "-c", scripts[0]]},
        "env": [{"name": "TOKEN", "value": text} for text in scripts],
        "x": 1,
    }
    text = (inline(data) if flow else "\n".join(mapping_lines(data, 0, Layout()))) + "\n"
    assert read(text).data == data  # type: ignore[union-attr]

    shown = masked_text(text)

    assert "geheim" not in shown
    assert shown.count(MASK) >= len(scripts) + 1
    assert shown.count("\n") == text.count("\n")
    assert "geheim" not in repr(masked(data))


G = "geheim"
STYLED: list[dict[str, Any]] = [
    {
        "kind": "Secret",
        "metadata": {"name": "s", "annotations": {LAST_APPLIED: f"{{a: {G}}}\n"}},
        "data": {"a": G, "b": f"{G}\n{G}\n", "5": G, "c: d": f"{G} # {G}"},
        "stringData": {"x": f"{G}: {G}", "e": "", "m": f"\n\n {G}\n\n"},
        "type": "Opaque",
    },
    {
        "kind": "Pod",
        "spec": {
            "containers": [
                {
                    "name": "a",
                    "command": ["sh", "-c", f"set -e\nTOKEN={G}\n"],
                    "args": [f"--token={G}", "--b", "--api-key", G, "x y"],
                    "env": [
                        {"name": "A", "value": "b"},
                        {"name": "M_KEY", "value": f"{G}\n  {G}\n"},
                    ],
                    "lifecycle": {
                        "preStop": {"exec": {"command": ["bash", "-ec", f"'{G}' \"b\" # c"]}}
                    },
                }
            ]
        },
    },
    {
        "kind": "List",
        "items": [
            {
                "kind": "ConfigMap",
                "metadata": {"annotations": {"kmod-post/rule": "r"}},
                "data": {"a.sh": f"#!/bin/sh\n{G}\n", "b": G},
            },
            {"metadata": {"annotations": {"kmod-post/file-r.a.sh": G}}},
            {"kind": "Secret", "data": {"z": G}},
            {"kind": "ConfigMap", "data": {"DB_PASSWORD": G, "u": "v"}},
        ],
    },
]


@pytest.mark.parametrize("data", STYLED, ids=lambda data: str(data["kind"]))
def test_no_style_of_yaml_shows_a_value(data: dict[str, Any]) -> None:
    """Anchors, merge keys, keys that are there twice, flow, folded and escaped texts."""
    for seed in range(300):
        random = Random(seed)
        text = write(data, random, some_styles(random))

        shown = masked_text(text)

        assert G not in shown, seed
        assert shown.count("\n") == text.count("\n"), seed


@needed
@pytest.mark.parametrize("file", files(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_real_secrets(file: Any) -> None:
    """No value of a Secret of a real chart is left in its text."""
    stream = Stream(file.read_bytes())
    for document in stream.documents:
        if document.kind == "Secret":
            text = stream.text(document)
            root = read(text)
            assert root is not None
            shown = masked_text(text)
            assert shown.count("\n") == text.count("\n")
            values = [
                str(value)
                for field in ("data", "stringData")
                for value in (root.data.get(field) or {}).values()
            ]
            for value in values:
                for line in filter(None, value.split("\n")):
                    assert len(line) < 5 or line not in shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--tls-private-key-file=/etc/tls/tls.key"], ["--tls-private-key-file=/etc/tls/tls.key"]),
        (["--token-file=/run/token"], ["--token-file=/run/token"]),
        (["--token-file", "/run/token"], ["--token-file", "/run/token"]),
        (["--private-key=/etc/tls/tls.key"], ["--private-key=/etc/tls/tls.key"]),
        (["--key", "./certs/server.pem"], ["--key", "./certs/server.pem"]),
        (["--token=/run/token"], ["--token=•••"]),
        (["--password", "/etc/pass"], ["--password", "•••"]),
        (["--api-key=/Kb7w"], ["--api-key=•••"]),
        (["--token-file=abc def"], ["--token-file=•••"]),
        (["--key", "abc"], ["--key", "•••"]),
        (["--cert=/etc/tls.key", "--key-file", "/x"], ["--cert=/etc/tls.key", "--key-file", "/x"]),
        (["--name=db-password", "--value", "abc"], ["--name=db-password", "--value", "•••"]),
    ],
)
def test_the_path_of_a_file_is_no_secret(words: list[str], shown: list[str]) -> None:
    """Where the name of a flag says that it is one, or the value of a key plainly is."""
    assert masked({"args": words}) == {"args": shown}


@pytest.mark.parametrize(
    ("name", "value", "is_shown"),
    [
        ("DB_PASSWORD_FILE", "/run/secrets/db", True),
        ("TLS_KEY", "/etc/tls/tls.key", True),
        ("DB_PASSWORD", "/run/secrets/db", False),
        ("DB_PASSWORD_FILE", "abc", False),
    ],
)
def test_the_path_of_a_variable_is_no_secret(name: str, value: str, is_shown: bool) -> None:
    """In every form of a variable, and in a ConfigMap."""
    shown = value if is_shown else MASK
    assert masked({"env": {name: value}}) == {"env": {name: shown}}
    assert masked({"env": [{"name": name, "value": value}]})["env"][0]["value"] == shown
    config = {"kind": "ConfigMap", "data": {name: value}}
    assert masked(config)["data"] == {name: shown}


def test_scripts_and_files_can_be_shown() -> None:
    """Copies of objects and what has the name of a secret stay masked."""
    data = {
        "metadata": {"annotations": {LAST_APPLIED: "geheim", "kmod-post/file-a.b": "echo"}},
        "postStart": "echo",
        "env": {"TOKEN": "geheim"},
        "exec": {"command": ["sh", "-c", "echo"]},
        "stringData": {"a": "geheim"},
    }

    before, after = masked_pair(data, data, show_scripts=True)

    assert before == after
    assert before == {
        "metadata": {"annotations": {LAST_APPLIED: "••• (6 bytes)", "kmod-post/file-a.b": "echo"}},
        "postStart": "echo",
        "env": {"TOKEN": "•••"},
        "exec": {"command": ["sh", "-c", "echo"]},
        "stringData": {"a": "•••"},
    }
