"""The recipes: their page, and what they write for real charts."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from corpus import files
from paths import ROOT
from recipepage import INTRODUCTION, PAGE, contents, render_of, run, section

from postrender.commands.prompts import Asker
from postrender.commands.recipe_run import by_recipe
from postrender.commands.recipes import recipes
from postrender.commands.written import any_argv
from postrender.data import get
from postrender.engine import run as engine
from postrender.engine.inputs import rules_of
from postrender.errors import KmodError
from postrender.kubernetes.objects import containers, pod_places, text_of
from postrender.reports.inventory import objects_of
from postrender.rules.layers import read_values
from postrender.stream.text import Stream
from postrender.yamltext.reader import ReadError, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import KmodPost

    from postrender.commands.recipes import Recipe
    from postrender.commands.written import Written

TEXT = PAGE.read_text()
SECTIONS = dict(
    zip(
        re.findall(r"^## (.*)$", TEXT, re.MULTILINE),
        re.split(r"^(?=## )", TEXT, flags=re.MULTILINE)[1:],
        strict=True,
    )
)
RECIPES = [pytest.param(recipe, id=name) for name, recipe in recipes().items()]
CHARTS = files()
FEW = {"drop-a-poddisruptionbudget", "ingress-annotations-and-class", "servicemonitor-labels"}
LEFT = {"mirror-all-images", "air-gapped", "namespace"}  # the warnings are for people to look at
SAMPLES = {
    "address": "db.example.com",
    "annotation": "example",
    "count": "3",
    "file": "/etc/app/app.conf",
    "flag": "--example-flag",
    "folder": "/var/log/app",
    "free-port": "5432",
    "image": "example/image:1.0",
    "key": "example.txt",
    "label": "example",
    "label-value": "example",
    "name": "example",
    "namespace": "example",
    "new-file": "/etc/app/licence.txt",
    "number": "3",
    "port": "5432",
    "proxy": "http://proxy.example.com:3128",
    "quantity": "10m",
    "registry": "registry.example.com/mirror",
    "service-type": "LoadBalancer",
    "tag": "9.9.9",
    "text": "example",
    "variable": "EXAMPLE",
}


def example(recipe: Recipe) -> Path:
    """The render of a recipe's example; the test is skipped if it is not there."""
    render = render_of(recipe)
    if not render.exists():
        pytest.skip("there is no corpus of real renders; name its folder in KMOD_CORPUS")
    return render


def blocks(recipe: Recipe, kind: str) -> list[str]:
    """The blocks of a kind in the recipe's section of the page."""
    return re.findall(
        rf"^```{kind}\n(.*?)^```$", SECTIONS[recipe.heading], re.DOTALL | re.MULTILINE
    )


def rules_files(recipe: Recipe, folder: Path) -> list[str]:
    """Writes the rules that the page prints, and returns the options that name them."""
    options = []
    for text in blocks(recipe, "yaml"):
        found = re.match(r"# (\S+\.yaml)\n", text)
        name = found[1] if found else "kmod.yaml"
        (folder / name).write_text(text)
        options += ["-f", name]
    return options


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_section_is_current(recipe: Recipe) -> None:
    """`scripts/recipes` has been run since a recipe, or the program, was changed."""
    example(recipe)

    assert SECTIONS[recipe.heading].rstrip() == section(recipe, run(recipe)).rstrip()


def test_the_page_has_all_recipes() -> None:
    """Its beginning is current, and each recipe has its section, in the same order."""
    assert [*SECTIONS] == [recipe.heading for recipe in recipes().values()]
    assert TEXT.startswith(f"{INTRODUCTION}\n{contents()}")
    assert len(SECTIONS) >= 25


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_printed_rules_make_the_printed_diff(
    recipe: Recipe, kmod_post: KmodPost, tmp_path: Path
) -> None:
    """They pass `check` in silence; the diff is what comes out, from its first line on."""
    (tmp_path / "rendered.yaml").write_bytes(example(recipe).read_bytes())
    options = rules_files(recipe, tmp_path)

    checked = kmod_post("check", *options, cwd=tmp_path)
    diff = kmod_post("diff", *options, "rendered.yaml", cwd=tmp_path)

    assert (checked.returncode, checked.stderr) == (0, b"")
    assert diff.returncode == 0, diff.stderr
    [shown] = blocks(recipe, "diff")
    assert shown.strip()
    if "This is the beginning" in SECTIONS[recipe.heading]:
        assert diff.stdout.decode().startswith(shown)
    else:
        assert diff.stdout.decode() == shown


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_printed_rules_over_their_own_output_change_nothing(
    recipe: Recipe, kmod_post: KmodPost, tmp_path: Path
) -> None:
    """Once more is as good as once."""
    options = rules_files(recipe, tmp_path)

    once = kmod_post(*options, stdin=example(recipe).read_bytes(), cwd=tmp_path)
    twice = kmod_post(*options, stdin=once.stdout, cwd=tmp_path)

    assert (once.returncode, twice.returncode) == (0, 0), twice.stderr
    assert twice.stdout == once.stdout != example(recipe).read_bytes()


def given_for(recipe: Recipe, stream: Stream) -> dict[str, str] | None:
    """
    Answers that fit a stream: samples, and for what the stream offers the first that fits. None if
    the recipe is for texts, and the stream has none of its kind.
    """
    given = {ask.name: SAMPLES[ask.of] for ask in recipe.asks if ask.of in SAMPLES}
    if any(ask.of == "ConfigMap" for ask in recipe.asks):
        text = next(_texts(recipe, stream), None)
        if text is None:
            return None
        given |= text
    if all(ask.of in SAMPLES for ask in recipe.asks):
        return given
    for _ in range(4):
        try:
            by_recipe(recipe, stream, given, "kmod.yaml", Asker(None))
        except KmodError as error:
            if "--answer flag=" in str(error):
                given["flag"] = "--log-format"
                continue
            found = re.match(
                r"--(?:answer )?(\S+?)(?: \S+)?: (?:not given; there are|several have this name; write one of) (.*?)"
                r"(?:, | and | or |;|$)",
                str(error),
            )
            if not found:
                return given
            given[found[1]] = found[2]
        else:
            return given
    return given


def _texts(recipe: Recipe, stream: Stream) -> Iterator[dict[str, str]]:
    """Each text of a ConfigMap in which the recipe can change something."""
    for subject, match in objects_of(stream, "ConfigMap"):
        data = subject.obj.get("data") or {}
        for key, text in data.items():
            answer = {"configMap": f"ConfigMap/{text_of(subject.obj, 'name')}", "key": key}
            lines = [line.strip() for line in text.splitlines()]
            plain = [line for line in lines if re.fullmatch(r"[\w.-]+ ?[=:] ?[\w./-]+", line)]
            single = [line for line in plain if lines.count(line) == 1]
            if match is None:
                continue
            if recipe.name == "one-line-in-a-config-file" and single:
                yield {**answer, "line": single[0], "new": f"{single[0]}1"}
            if recipe.name == "one-value-in-a-yaml-file":
                try:
                    root = read(text)
                except ReadError:
                    continue
                keys = root.data if root is not None and isinstance(root.data, dict) else {}
                names = [key for key in keys if re.fullmatch(r"[\w-]+", key)]
                if names:
                    yield {**answer, "path": "example.level", "value": "3"}


@pytest.mark.skipif(
    not CHARTS, reason="there is no corpus of real renders; name its folder in KMOD_CORPUS"
)
@pytest.mark.parametrize("recipe", RECIPES)
def test_real_charts(recipe: Recipe) -> None:
    """
    For each real chart, what init writes works and is quiet, and once more changes nothing; where
    the recipe does not fit, the message says so.
    """
    fitting = 0
    for path in chain(CHARTS, (ROOT / "charts").glob("*/rendered/*.yaml")):
        data = path.read_bytes()
        stream = Stream(data)
        given = given_for(recipe, stream)
        if given is None:
            continue
        written = written_for(recipe, stream, given)
        if written is None:
            continue
        fitting += 1
        rules = rules_of([read_values(text, name) for name, text in written.files.items()])
        once = b"".join(map(bytes, engine.run(stream, rules, argv_of=any_argv).pieces))
        again = engine.run(Stream(once), rules, argv_of=any_argv)

        assert recipe.name in LEFT or not written.warnings, f"{path.name}: {written.warnings[0]}"
        assert written.is_idle == (once == data), path.name
        assert b"".join(map(bytes, again.pieces)) == once, path.name
    assert fitting >= (1 if recipe.name in FEW else 10)


def written_for(recipe: Recipe, stream: Stream, given: dict[str, str]) -> Written | None:
    """What init writes; None where the recipe does not fit the stream."""
    try:
        return by_recipe(recipe, stream, given, "kmod.yaml", Asker(None))
    except KmodError as error:
        if not _does_not_fit(str(error)):
            raise
        return None


def _does_not_fit(said: str) -> bool:
    """Whether a message says that a chart is none for a recipe, or has two that would be one."""
    return bool(
        re.search(
            r"the stream (has|names) no |does not fit the stream: |no object with a pod template|"
            r"would have this kind and name|--answer (line|path)=",
            said,
        )
    )


def test_resources_where_absent_stay_below_the_limits() -> None:
    """No container of the corpus has a limit, without a request, that is below the default."""
    quantities = {"cpu": 0.01, "memory": 32 * 2**20}
    for path in CHARTS:
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
            for subject, _ in objects_of(Stream(path.read_bytes()), kind):
                for container in _containers(subject.obj):
                    resources = container.get("resources") or {}
                    for name, limit in (resources.get("limits") or {}).items():
                        if name in quantities and name not in (resources.get("requests") or {}):
                            assert _number(limit) >= quantities[name], path.name


def _containers(obj: Any) -> list[Any]:
    return [one for place in pod_places(obj, {}) for _, one in containers(get(obj, place.spec))]


def _number(quantity: Any) -> float:
    units = {"m": 1e-3, "": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "M": 1e6, "G": 1e9}
    found = re.fullmatch(r"([0-9.]+)(\w*)", str(quantity))
    assert found is not None
    return float(found[1]) * units[found[2]]
