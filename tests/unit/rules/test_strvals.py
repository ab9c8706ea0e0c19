from __future__ import annotations

import base64
import copy
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import same
from paths import ROOT, TESTS
from tools import find

from postrender.rules.strvals import (
    Assignment,
    SetError,
    parse_set,
    parse_set_file,
    parse_set_json,
    parse_set_string,
)

CHART = TESTS / "unit" / "rules" / "charts" / "print-values"
VALUES = CHART / "values.yaml"
BASE: dict[str, Any] = yaml.safe_load(VALUES.read_text())
FILES = {
    "one.txt": "1",
    "two.txt": "first line\r\nsecond, {x}\\\n",
    "a,b.txt": "with a comma",
    "empty.txt": "",
}
# Go without its garbage collector: a run of Helm is that short.
FAST = os.environ | {"GOGC": "off"}
PARSERS = {"set": parse_set, "set-string": parse_set_string, "set-json": parse_set_json}


@pytest.fixture(scope="module", params=["3", "4"])
def major(request: pytest.FixtureRequest) -> str:
    """Both versions of Helm: 3, whose grammar this is, and 4."""
    find(f"helm{request.param}")
    return str(request.param)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with FILES, and in `chart` the chart without values, so that no null is dropped."""
    folder = tmp_path_factory.mktemp("bare")
    shutil.copytree(CHART, folder / "chart", ignore=shutil.ignore_patterns("values.yaml"))
    for name, text in FILES.items():
        (folder / name).write_bytes(text.encode())
    return folder


def ask(major: str, chart: Path, *options: str) -> Any:
    """The values that Helm ends up with; None where it refuses a --set."""
    command = [find(f"helm{major}"), "template", "x", str(chart), *options]
    done = subprocess.run(
        command, cwd=chart.parent, env=FAST, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        assert "failed parsing --set" in done.stderr, done.stderr
        return None
    printed = yaml.safe_load(done.stdout)["data"]["json"]
    return json.loads(base64.b64decode(printed))


def parse(option: str, values: dict[str, Any], text: str, folder: Path) -> Any:
    """What the function of this option makes of the text; None where it refuses."""

    def read(path: str) -> str:
        return (folder / path).read_bytes().decode()

    try:
        if option == "set-file":
            return parse_set_file(values, text, read)[0]
        return PARSERS[option](values, text)[0]
    except SetError:
        return None


def merge(old: Any, new: Any) -> Any:
    """Two values files as Helm layers them."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return old | {key: merge(old.get(key), value) for key, value in new.items()}


DEEP = ".".join("a" * 31)  # 30 dots, the limit

# What to ask Helm: topic, option, texts.
TABLE: list[tuple[str, str, list[str]]] = [
    (
        "names",
        "set",
        [
            *("a=x", "a=", "a= ", " a = b ", "a=b=c", "a==", "a=$(x)", "a=é✓😀", "é.ü=1", "a\n=\n"),
            *("", ",", "a", "a,", ",a=1", "=", "=1", "a,b=1", "\t=1", " ", "]=x", "{=x", "{a=x}"),
            *("a=1,b=2", "a=1,b=2,", "a=1,,b=2", "a=1,,,,b=2,", "a=,b=2", "a=1, b=2", "a=1,a=2"),
            *("a=1,b", "a=1,b,c=2", "a=1,=2,b=3", "a=x,y,b=1", "a=1,b.", "a=1,\\", "a=null,a=1"),
            *("a=\udcff", "a=\udce2\udc82x", "\udcff=1"),
        ],
    ),
    (
        "types",
        "set",
        [
            *("a=true", "a=True", "a=TRUE", "a=tRuE", "a=FALSE", "a=fal\u017fe", "a=tru\u0435"),
            *("a=null", "a=Null", "a=NULL", "a=~", "a=nil", "a=yes", "a=on", "a=true ", "a= 1"),
            *("a=0", "a=00", "a=01", "a=0x10", "a=0o7", "a=1", "a=-1", "a=+1", "a=-0", "a=+0"),
            *("a=-01", "a=+007", "a=--1", "a=+", "a=-", "a=1.0", "a=.5", "a=1e3", "a=1_000"),
            *("a=9223372036854775807", "a=9223372036854775808", "a=-9223372036854775808"),
            *("a=-9223372036854775809", f"a=+{'0' * 5000}5", f"a={'9' * 5000}", "a=\u0663"),
            *("a=inf", "a=NaN", 'a="x"', "a='1'", "a=[]", "a=[1]", "a=nu\u212al", "a=1\n"),
        ],
    ),
    (
        "escapes",
        "set",
        [
            *("a=1\\,2", "a=b\\=c", "a\\.b=1", "a\\,b=1", "a\\=b=1", "a\\[0]=1", "a\\[0\\]=1"),
            *("a=\\", "a=\\\\", "a=x\\", "a\\", "\\", "\\a=1", "a=\\{1,2}", "a=\\{1\\,2\\}"),
            *("a\\\\=1", "a=\\true", "a=\\0", "a=C:\\temp\\x", "a={x\\,y,z\\}}", "a.\\b=1"),
            *("a[\\0]=1", "a\\.b.c\\.d=1", "kubernetes\\.io/role=x", "a=x\\,b=1", "a[0]\\=1"),
        ],
    ),
    (
        "mappings",
        "set",
        [
            *("a.b=1", "a.b.c=1", "a.b=1,a.c=2", "a.b=1,a.b.c=2", "a=1,a.b=2", "a.b=1,a=2", "a.b"),
            *("a.b.", "a.", "a..", "a.b..", ".", "a.=1", "a.=", "a..b=1", "a.b=", ".a=1", ".=1"),
            *("..a=1", "a.,b=1", "a.b=1,a.", "a.b=1,a.=2", "a.b=null", "a=null,a.b=1", "a.[0]=1"),
            *("text.x=1", "number.x=1", "nothing.x=1", "nothing=1", "list.x=1", "mapping=1"),
            *("mapping.=1", "mapping.a=2", "mapping.a.x=1", "mapping.b.c=null", "mapping.b=null"),
            *("mapping.b.d.e=1", "mapping..b=1", "mapping.", "mapping.b.", "empty.mapping."),
            *("empty.mapping.=1", "empty.mapping.x=1", f"{DEEP}=1", f"{DEEP}.a=1"),
            *(f"a[0].{DEEP}=1", f"a[0].{DEEP}.a=1", "a[0]." * 49 + "a=1"),
        ],
    ),
    (
        "lists in braces",
        "set",
        [
            *("a={}", "a={1}", "a={1,2}", "a={1,}", "a={,}", "a={ }", "a={x, y}", "a={true,no}"),
            *("a={null,0,01,1.5,-1}", "a={a=1,b.c,d[0]}", "a={1,2},b=3", "a={1,2}b=3", "a={1}x"),
            *("a={1}{2}", "a={1,2},", "a={1,2},,", "a={", "a={1", "a={1,", "a={1\\}", "a=}"),
            *("a=x{1,2}", "a= {1,2}", "a={{1},2}", "a={1,2}}", "a.b={1}", "a[0]={1,2}", "a[0]={"),
            *("list={}", "list={1}", "={1}", "={", "list[1].tags={z}", "mapping.list={9}"),
        ],
    ),
    (
        "indices",
        "set",
        [
            *("a[0]=1", "a[3]=x", "a[0]=1,a[1]=2", "a[1]=1,a[0]=2", "a[0]=", "a[0]=,b=1", "a[0]"),
            *("a[0],b=1", "a[0]x=1", "a[0]x", "a[0] =1", "a[0]]=1", "a[0]\\", "a[]=1", "a[", "a[0"),
            *("a[x]=1", "a[-1]=1", "a[-1]", "a[+1]=1", "a[01]=1", "a[ 0]=1", "a[0.5]=1", "a[-]=1"),
            *("a[9223372036854775807]=1", "a[9223372036854775808]=1", "a[65536]=1", "a[65537]=1"),
            *("a[65537]", "a[65537].b=", "a[65537].b=1", "a[65537][0]=1", "[0]=1", "[0]", "["),
            *("[0].a=1", "[x]=1", "a[0,1]=2", "a[0].b=1", "a[0].b=1,a[0].c=2", "a[1].b=1"),
            *("a[0].b=", "a[0].b=,c=1", "a[0].", "a[0]..", "a[0].b", "a[0].=1", "a[0]..b=1"),
            *("a[0].b.c=", "a[0].b[0]=", "a[0].b[0].c=", "a[1].b=1,a[0].c=", "a[0]{1}", "a[0].b,"),
            *("a[0][0]=1", "a[1][1]=1", "a[0][0]=", "a[0][0]", "a[0][", "a[0][x]=1", "a[0][-1]=1"),
            *("a[0][0].b=1", "a[0][0].b=", "a[0][1][0].b=c,a[0][0][1].d=e", "a[0]=1,a[0][0]=2"),
            *("a[0]=1,a[0].b=2", "a=1,a[0]=2", "a[0][65537]=1", "a[0]=null,a[0][1]=2"),
            *("a[0].b=1,a[0][0]=2", "a.b[1].c[1]=x", "a" + "[0]" * 99 + "=1"),
        ],
    ),
    (
        "indices of what is there",
        "set",
        [
            *("text[0]=1", "nothing[0]=1", "nothing[0]", "mapping[0]=1", "empty.list[1]=x"),
            *("empty.list[0].a=1", "list[0]=new", "list[4]=new", "list[5]=new", "list[3]=new"),
            *("list[0].a=1", "list[0].", "list[0].a=", "list[1].name=two", "list[1].new="),
            *("list[1].tags[1]=z", "list[1].tags[3]=z", "list[1]=null", "list[1][0]=x"),
            *("list[2][0]=x", "list[2][1][0]=x", "list[2][1][2]=x", "list[2][0][0]=x"),
            *("list[2].a=1", "list[2][1].", "list[2][1].a=", "list[3][1]=x", "list[3].a=x"),
            *("list[3]", "list[0][0]=x", "list=1", "list=", "list=null,list[0]=1", "list[9].a="),
            *("list={},list[1]=1", "mapping.list[0]=9", "mapping.list[2].x=1", "mapping.list.x=1"),
        ],
    ),
    (
        "text only",
        "set-string",
        [
            *("a=1", "a=true", "a=null", "a=", "a=0", "a={1,null}", "a={}", "a[1]=1", "a[0].b=1"),
            *("a=1,b=2", "a=1\\,2", "a.b=null", "a", "a={1", "number=1", "nothing=", "text=null"),
        ],
    ),
    (
        "JSON scalars",
        "set-json",
        [
            *("a=1", "a=1.0", "a=1.5", "a=-1", "a=-0", "a=1e3", "a=1E+2", "a=15e-1", "a=0.10"),
            *("a=1e21", "a=1152921504606846970", "a=9007199254740993", "a=-9007199254740992"),
            *("a=1e-400", "a=1e400", "a=-1e400", f"a={'1' * 5000}", f"a=0.{'1' * 5000}", "a=+1"),
            *("a=true", "a=null", "a=True", "a=nul", "a=x", "a='x'", 'a="x"', 'a="x', "a=01"),
            *("a=01=2", "a=.5", "a=1.", "a=1.b=2", "a=1.,b=2", "a=1e", "a=1e+", "a=1ex=2", "a=-"),
            *("a=1.5.b=2", "a=1e5e=1", "a=-x", "a=0x=1", "a=NaN", "a=Infinity", "a=-Infinity"),
            *('a="x\\"y"', 'a="x,y={}"', 'a="\\u00e9\\ud83d\\ude00"', 'a="\\ud83d"', 'a="\\x"'),
            *('a="\\ud83d\\u0041"', 'a="\\u12"', 'a="\n"', 'a="\x1f"', 'a="\x7f"', 'a="\udcff"'),
        ],
    ),
    (
        "JSON",
        "set-json",
        [
            *("a=[]", "a={}", "a=[1,[2,{}]]", 'a={"x":{"y":[null,true]}}', 'a={"x":1,"x":2}'),
            *('a={"":1}', "a=[1", "a=[NaN]", "a=[1.]", "a=[01]", "a=[1,]", "a={,}", "a=[,1]"),
            *("a={1:2}", 'a={"x":1,}', "a=[1 2]", "a=[1]]", 'a={"\\udc00":"<&>"}'),
            *('a={"x":1},b=[2]', 'a={"x":1}b=[2]', "a=1 , b=2", "a=1 b=2", "a=1,,b=2", "a=1, "),
            *(
                "a=",
                "a=,b=1",
                "a= ",
                "a= ,b=1",
                "a=\u00a01",
                "a=\x1c1",
                "a=\x1c",
                "a=\u2003,b=\u30002",
            ),
            *("a=truefalse=1", 'a="x""y"=1', "a=1b=2", "a=1 b", "a[1]={}", "a[0]=", "a[0]= ,b=1"),
            *("a[0]=x", "a[0]", "a[0].b=1", "a[0].b=", "a[0][1]=[1]", "a[65537]=1", "a.=1", "=1"),
            *("=x", "a", "a.b", "", ",", " ", "a.b=[1],a.b[2]=3", f"a={'[' * 90}{']' * 90}"),
            *("mapping={}", 'mapping={"z":1}', "mapping.b=", "list[1].tags=[0]", "list[0]={}"),
            *("text.x=1", 'a={"x":[1]},a.x[1]=2,a.y.z={}', "nothing={},nothing.a=1"),
        ],
    ),
    (
        "files",
        "set-file",
        [
            *("a=one.txt", "a=two.txt", "a=empty.txt", "a=missing.txt", "a=", "a={}", "a=."),
            *("a={one.txt,two.txt}", "a={one.txt,missing.txt}", "a={missing.txt,one.txt}", "a"),
            *("a=a\\,b.txt", "a=a,b.txt", "a[1]=two.txt", "a[0].b=two.txt", "text=two.txt"),
            *("a=one.txt,b=two.txt,", "=missing.txt", "=one.txt", "a[0]=missing.txt"),
        ],
    ),
]


# Helm 4 takes the end of the text for the end of the index, and sets nothing; Helm 3 refuses.
UNCLOSED = {"a[", "a[0", "a[0][", "["}


@pytest.mark.parametrize(
    ("option", "texts"),
    [pytest.param(option, texts, id=topic) for topic, option, texts in TABLE],
)
def test_helm_agrees(major: str, bare: Path, option: str, texts: list[str]) -> None:
    """Helm makes the same values of each text, or refuses it as well."""
    asked = [text for text in texts if major == "3" or text not in UNCLOSED]

    def answer(text: str) -> Any:
        return ask(major, bare / "chart", f"--values={VALUES}", f"--{option}={text}")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(answer, asked))
    assert {
        text: (ours, theirs)
        for text, theirs in zip(asked, answers, strict=True)
        if not same(ours := parse(option, BASE, text, bare), theirs)
    } == {}


def test_the_table_is_long() -> None:
    """Helm is asked about some hundred texts, none of them twice."""
    asked = [(option, text) for _, option, texts in TABLE for text in texts]
    assert len(asked) == len(set(asked)) > 400


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a":1}', id="new"),
        pytest.param("{}", id="empty"),
        pytest.param(' \u2003{"a":1}\n', id="spaces around"),
        pytest.param('{"a":{"b":[1,1.0,1.5,null]}}', id="nested"),
        pytest.param('{"mapping":{"a":2,"z":{}},"empty":{"mapping":{}}}', id="mappings merge"),
        pytest.param('{"mapping":{"list":[9]},"list":{},"text":{"x":1}}', id="all else replaces"),
        pytest.param('{"mapping":{"b":null},"text":null}', id="null"),
        pytest.param('{"a":1,"a":2,"":3,"b.c":4,"d[0]":5}', id="keys are not paths"),
        pytest.param("{", id="open"),
        pytest.param("{a=1", id="the other form"),
        pytest.param('{"a":1},b=2', id="more after it"),
        pytest.param('{"a":1}{}', id="two"),
        pytest.param('{"a":1,}', id="trailing comma"),
        pytest.param('{"a":1.}', id="not JSON"),
    ],
)
def test_a_whole_object_is_that_of_helm_4(bare: Path, text: str) -> None:
    """Helm 4 merges `--set-json '{…}'` into the values as we do."""
    theirs = ask("4", bare / "chart", f"--values={VALUES}", f"--set-json={text}")
    assert same(parse("set-json", BASE, text, bare), theirs)


def test_helm_3_knows_no_whole_object(bare: Path) -> None:
    """Helm 3 refuses `--set-json '{…}'`, and where it does not, it reads a strange name."""
    assert ask("3", bare / "chart", '--set-json={"a":1}') is None
    assert ask("3", bare / "chart", "--set-json={a=1") == {"{a": 1}


LAYERS = [
    pytest.param(["a: {b: 1, c: 2}", "a: {b: 3}"], [], id="mappings of files merge"),
    pytest.param(["a: [1, 2]\nb: {c: 1}", "a: [3]\nb: 1"], [], id="all else of files replaces"),
    pytest.param(["a: {b: 1, c: 2}", "a: {b: null}"], [], id="null of a file stays"),
    pytest.param(["a: {b: 1}", "a: null"], [], id="null of a file over a mapping"),
    pytest.param(["a: {b: 1}", "a: null", "a: {c: 2}"], [], id="and a mapping over that null"),
    pytest.param(["a: 1"], [("set", "a=2")], id="--set over a file"),
    pytest.param(["a: {b: 1}"], [("set", "a.c=2")], id="--set into a file's mapping"),
    pytest.param(["a: [1, 2]"], [("set", "a[1]=3")], id="--set into a file's list"),
    pytest.param(["a: {b: 1}"], [("set", "a=null")], id="--set null stays"),
    pytest.param(["a: {b: 1}"], [("set", "a.b=null")], id="--set null inside stays"),
    pytest.param(["a: null"], [("set", "a.b=1")], id="--set into null"),
    pytest.param(["a: null"], [("set", "a.b=1"), ("set-json", "a={}")], id="JSON prepares it"),
    pytest.param(["a: 1"], [("set-json", "a=")], id="--set-json nothing is null"),
    pytest.param(["a: {b: 1}"], [("set-json", 'a={"c":2}')], id="--set-json replaces"),
    pytest.param([], [("set", "a=1"), ("set-json", "a=2")], id="--set over --set-json"),
    pytest.param([], [("set-string", "a=1"), ("set", "a=2")], id="--set-string over --set"),
    pytest.param([], [("set-file", "a=one.txt"), ("set-string", "a=2")], id="--set-file wins"),
    pytest.param([], [("set-file", "a=one.txt"), ("set-json", "a=2")], id="even over JSON"),
    pytest.param([], [("set", "a=1"), ("set", "a=2")], id="the later --set wins"),
    pytest.param([], [("set", "a=null"), ("set", "a.b=1")], id="null of an earlier --set"),
    pytest.param([], [("set", "a=null"), ("set", "a=1")], id="a value over null"),
    pytest.param([], [("set", "a[1]=x"), ("set-string", "a[0]=1")], id="a list in two layers"),
]


@pytest.mark.parametrize(("files", "options"), LAYERS)
def test_helm_layers_them(
    major: str,
    bare: Path,
    tmp_path: Path,
    files: list[str],
    options: list[tuple[str, str]],
) -> None:
    """Files, --set-json, --set, --set-string, --set-file: always in this order."""
    ours: Any = {}
    given = []
    for number, text in enumerate(files):
        ours = merge(ours, yaml.safe_load(text))
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        given.append(f"--values={file}")
    order = ["set-json", "set", "set-string", "set-file"]
    for option, text in sorted(options, key=lambda pair: order.index(pair[0])):
        ours = ours if ours is None else parse(option, ours, text, bare)
    given[:0] = [f"--{option}={text}" for option, text in options]
    assert same(ours, ask(major, bare / "chart", *given))


def coalesce(values: dict[str, Any], defaults: dict[str, Any], *, top: bool = True) -> Any:
    """What a template sees. Source: coalesceValues and coalesceTablesFullKey of pkg/chartutil."""
    seen = defaults | values
    for key in values.keys() & defaults.keys():
        if isinstance(values[key], dict) and isinstance(defaults[key], dict):
            seen[key] = coalesce(values[key], defaults[key], top=False)
        elif values[key] is None and (top or defaults[key] is not None):
            del seen[key]
    return seen


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("text=null", id="scalar"),
        pytest.param("mapping=null", id="mapping"),
        pytest.param("list=null", id="list"),
        pytest.param("mapping.b.c=null", id="inside"),
        pytest.param("nothing=null", id="null"),
        pytest.param("mapping.b.d=null", id="null inside"),
        pytest.param("new=null", id="new"),
        pytest.param("new.x=null", id="inside new"),
        pytest.param("mapping.new=null", id="new inside"),
        pytest.param("mapping.list[0]=null", id="item"),
        pytest.param("list[1].name=null", id="inside an item"),
        pytest.param("mapping.list[1]=9", id="twin: item without null"),
        pytest.param("nothing.x=1", id="twin: into the chart's null"),
        pytest.param("text=", id="twin: empty text"),
    ],
)
def test_null_deletes_a_value_of_the_chart(text: str) -> None:
    """The chart's own values come under the result, where a null drops one; `--set` sees none."""
    assert same(coalesce(parse_set({}, text)[0], BASE), ask("3", CHART, f"--set={text}"))


@pytest.mark.parametrize(
    ("option", "text", "expected"),
    [
        pytest.param("set", "a=1", [(("a",), 1, "1")], id="number"),
        pytest.param("set", "a=+007", [(("a",), 7, "+007")], id="number with a sign"),
        pytest.param("set", "a=TRUE", [(("a",), True, "TRUE")], id="bool"),
        pytest.param("set", "a=Null", [(("a",), None, "Null")], id="null"),
        pytest.param("set", "a=x\\,y", [(("a",), "x,y", "x,y")], id="escapes"),
        pytest.param("set", "a=", [(("a",), "", "")], id="empty"),
        pytest.param(
            "set",
            "a.b[1].c=1,d\\.e=2",
            [(("a", "b", 1, "c"), 1, "1"), (("d.e",), 2, "2")],
            id="paths",
        ),
        pytest.param(
            "set", "a={1,TRUE}", [(("a", 0), 1, "1"), (("a", 1), True, "TRUE")], id="list"
        ),
        pytest.param("set", "a={}", [(("a", 0), "", "")], id="list of empty text"),
        pytest.param(
            "set", "a[0][1]={x}", [(("a", 0, 1, 0), "x", "x")], id="list in a list in a list"
        ),
        pytest.param("set", "a=1,a=2", [(("a",), 1, "1"), (("a",), 2, "2")], id="twice"),
        pytest.param("set", "", [], id="nothing"),
        pytest.param("set", "a.", [], id="nothing after the dot"),
        pytest.param("set", "a[0]", [], id="nothing after the index"),
        pytest.param("set", "=1,.a=2,b=3", [(("b",), 3, "3")], id="empty names are dropped"),
        pytest.param("set", "a[0].b=", [], id="and what the early end loses"),
        pytest.param("set", "a[0][0].b=", [], id="also deeper"),
        pytest.param(
            "set", "list[1].b=", [(("list", 1, "b"), "", "")], id="but not in what is there"
        ),
        pytest.param("set-string", "a=1", [(("a",), "1", "1")], id="string"),
        pytest.param("set-file", "a=one.txt", [(("a",), "1", "one.txt")], id="file"),
        pytest.param("set-file", "a=", [(("a",), "", "")], id="no file"),
        pytest.param("set-json", "a=1.10", [(("a",), 1.1, "1.10")], id="JSON number"),
        pytest.param("set-json", "a=1e2", [(("a",), 100, "1e2")], id="JSON number, whole"),
        pytest.param("set-json", "a=", [(("a",), None, "")], id="no JSON"),
        pytest.param(
            "set-json",
            'a={"b":[1.0,true,null,"x"],"c":{},"d":[]}',
            [
                (("a", "b", 0), 1, "1.0"),
                (("a", "b", 1), True, "true"),
                (("a", "b", 2), None, "null"),
                (("a", "b", 3), "x", "x"),
                (("a", "c"), {}, "{}"),
                (("a", "d"), [], "[]"),
            ],
            id="JSON leaves",
        ),
        pytest.param(
            "set-json", '{"a":{"b.c":2.50}}', [(("a", "b.c"), 2.5, "2.50")], id="whole object"
        ),
    ],
)
def test_assignments(bare: Path, option: str, text: str, expected: list[Any]) -> None:
    """Every scalar that was set is told with its path and the text that was written for it."""
    if option == "set-file":
        assignments = parse_set_file(BASE, text, lambda path: (bare / path).read_text())[1]
    else:
        assignments = PARSERS[option](BASE, text)[1]
    assert assignments == [Assignment(*parts) for parts in expected]
    assert all(
        same(found.value, parts[1]) for found, parts in zip(assignments, expected, strict=True)
    )


def test_an_assignment_is_frozen() -> None:
    """Nothing of an assignment can be changed."""
    assignment = Assignment(("a",), 1, "1")
    with pytest.raises(AttributeError):
        assignment.text = "2"
    assert not hasattr(assignment, "__dict__")


@pytest.mark.parametrize(
    ("parser", "text", "expected"),
    [
        pytest.param(parse_set, "a", 'key "a" has no value; write a=VALUE', id="no value"),
        pytest.param(
            parse_set, "a.b[0].c", 'key "a.b[0].c" has no value; write a.b[0].c=VALUE', id="path"
        ),
        pytest.param(
            parse_set, "a\\.b,", 'key "a\\.b" has no value; write a\\.b=VALUE', id="escaped"
        ),
        pytest.param(
            parse_set, ",a=1", "there is no name before the comma; write NAME=VALUE", id="no name"
        ),
        pytest.param(
            parse_set,
            "password=abc,secret",
            "item 2 has no value; write NAME=VALUE, or \\, for a comma in a value",
            id="the rest of a secret",
        ),
        pytest.param(
            parse_set,
            "a.=1",
            'key "a" gets nothing; write a name after each dot',
            id="no last name",
        ),
        pytest.param(
            parse_set,
            "a={secret",
            'key "a" gets a list without an end; close it with "}"',
            id="list",
        ),
        pytest.param(
            parse_set,
            "a[x]=1",
            'key "a" has "[" without a number and "]"; write NAME[0]',
            id="index",
        ),
        pytest.param(
            parse_set, "a[-1]=1", 'key "a[-1]" has a negative index; the first is 0', id="negative"
        ),
        pytest.param(
            parse_set,
            "a[70000]=1",
            'key "a[70000]" has an index above 65536; use a smaller one',
            id="large index",
        ),
        pytest.param(
            parse_set,
            "a[0]b=1",
            'key "a[0]" is followed by text; write "=", "." or "[" after "[0]"',
            id="after an index",
        ),
        pytest.param(
            parse_set,
            "text.x=1",
            "key \"text\" is no mapping; make it one: --set-json 'text={}'",
            id="no mapping",
        ),
        pytest.param(
            parse_set,
            "mapping[0]=1",
            "key \"mapping\" is no list; make it one: --set-json 'mapping=[]'",
            id="no list",
        ),
        pytest.param(
            parse_set_json,
            "a={secret}",
            'key "a" is no JSON at character 4; text needs double quotes',
            id="no JSON",
        ),
        pytest.param(
            parse_set_json,
            '{"a":secret}',
            "the object is no JSON at character 6; text needs double quotes",
            id="no JSON object",
        ),
        pytest.param(
            parse_set_json,
            "{} secret",
            "the object is followed by more text; give one object, or NAME=JSON",
            id="after the object",
        ),
        pytest.param(
            parse_set_json, "a=1.x", 'key "a" is no JSON number; text needs double quotes', id="1."
        ),
    ],
)
def test_a_message_says_what_to_do(parser: Any, text: str, expected: str) -> None:
    """A refusal names the key and the way out, and never a value."""
    with pytest.raises(SetError) as refused:
        parser(BASE, text)
    assert str(refused.value) == expected


def test_a_refusal_of_json_hides_its_cause() -> None:
    """A report of the error does not print Python's own, which carries the whole text."""
    with pytest.raises(SetError) as refused:
        parse_set_json({}, "password=secret")
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(FileNotFoundError(2, "No such file"), "No such file", id="no file"),
        pytest.param(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "it is not text", id="bytes"),
    ],
)
def test_a_file_that_cannot_be_read(error: Exception, reason: str) -> None:
    """What the reader of files raises becomes a SetError that names the key."""

    def read(path: str) -> str:
        raise error

    with pytest.raises(SetError) as refused:
        parse_set_file({}, "a.b=x", read)
    expected = f'key "a.b" names a file that cannot be read ({reason}); check it'
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    ("parser", "text", "shared"),
    [
        pytest.param(parse_set, "", ["mapping", "list", "empty"], id="twin: nothing"),
        pytest.param(parse_set, "new=1", ["mapping", "list", "empty"], id="new"),
        pytest.param(parse_set, "mapping.b.c=1", ["list", "empty"], id="mapping"),
        pytest.param(parse_set, "list[1].tags[0]=1,list[2][1][0]=2", ["mapping"], id="list"),
        pytest.param(parse_set_json, '{"mapping":{"b":1}}', ["list", "empty"], id="object"),
        pytest.param(parse_set, "list[0].", ["mapping", "empty"], id="replaced on the way"),
    ],
)
def test_the_values_are_shared_and_left_alone(parser: Any, text: str, shared: list[str]) -> None:
    """The result holds the caller's own objects where nothing changed, and changes none of them."""
    values = copy.deepcopy(BASE)
    result = parser(values, text)[0]
    assert values == BASE
    assert result is not values
    assert [name for name in shared if result[name] is not values[name]] == []
    assert (result == values) == (text == "")


def test_a_mapping_of_the_text_is_not_shared_with_its_assignment() -> None:
    """A later item of the same text does not reach into what an earlier one is told to have set."""
    values, assignments = parse_set_json({}, "a={},a.b=1")
    assert values == {"a": {"b": 1}}
    assert assignments[0] == Assignment(("a",), {}, "{}")


TOKENS = [
    *'abl=.,[]{}\\0-+1e" \n:',
    *(
        "[0]",
        "[1]",
        "a=",
        "b.c=",
        ",a",
        "text",
        "list",
        "mapping",
        "null",
        "true",
        "\ufb06",
        "\udc80",
    ),
    *('{"a":1}', "[65537]", "1.", "\\u00e9", "\\ud800", "[[", "NaN", "1e999"),
]


@given(
    option=st.sampled_from([*PARSERS, "set-file"]),
    text=st.text(st.characters(exclude_categories=()))
    | st.lists(st.sampled_from(TOKENS), max_size=30).map("".join),
)
@settings(max_examples=1000, deadline=None)
def test_any_text_is_parsed_or_refused(option: str, text: str) -> None:
    """No text raises anything but SetError, of one line; the result is UTF-8 and JSON."""

    def read(path: str) -> str:
        raise OSError(2, "No such file")

    values = copy.deepcopy(BASE)
    message, result = "", {}
    try:
        if option == "set-file":
            result = parse_set_file(values, text, read)[0]
        else:
            result = PARSERS[option](values, text)[0]
    except SetError as error:
        message = str(error)
    assert values == BASE
    assert len(message) < 300
    assert not message or message.isprintable()
    json.dumps(result, ensure_ascii=False, allow_nan=False).encode()


LONG = {
    "name": ("set", "{}=1", "a"),
    "name without end": ("set", "{}", "a"),
    "value": ("set", "a={}", "x"),
    "digits": ("set", "a={}", "9"),
    "zeros": ("set", "a=+{}1", "0"),
    "index": ("set", "a[{}1]=x", "0"),
    "escapes": ("set", "a={}", "\\,"),
    "escapes in a name": ("set", "{}=1", "\\="),
    "backslashes": ("set", "{}", "\\"),
    "items": ("set", "{}", "a=1,"),
    "items under one key": ("set", "{}", "a.b=1,"),
    "items of one list": ("set", "{}", "a[9999]=1,"),
    "items of a list that is there": ("set", "{}", "list[1].a=1,"),
    "lists": ("set", "a={{{}}}", "1,"),
    "open list": ("set", "a={{{}", "1,"),
    "dots": ("set", "{}", "a."),
    "brackets": ("set", "a{}=1", "[0]"),
    "brackets and dots": ("set", "a{}=1", "[0].a"),
    "JSON items": ("set-json", "{}", "a=1 "),
    "JSON list": ("set-json", "a=[{}1]", "1,"),
    "JSON text": ("set-json", 'a="{}"', "\\ud83d"),
    "JSON digits": ("set-json", "a={}", "9"),
    "JSON spaces": ("set-json", "a={}1", " "),
    "JSON depth": ("set-json", "a={}", "["),
    "JSON depth of mappings": ("set-json", "{}", '{"a":'),
}


@pytest.mark.parametrize("shape", LONG)
def test_long_texts_take_linear_time(shape: str) -> None:
    """400 kB take a second or less; anything quadratic would take minutes."""
    option, frame, piece = LONG[shape]
    text = frame.format(piece * (400_000 // len(piece)))
    start = time.process_time()
    with suppress(SetError):
        PARSERS[option](BASE, text)
    assert time.process_time() - start < 5


def test_only_json_pays_for_json() -> None:
    """The module imports nothing heavy; that is left to the first --set-json."""
    code = "import sys; sys.path[:0] = sys.argv[1:]; import postrender.rules.strvals; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", code, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not {"json", "typing", "dataclasses", "inspect"} & {*done.stdout.split()}
