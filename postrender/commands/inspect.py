"""`kmod-post inspect`: the objects of a stream that rules can change."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from postrender.commands.arguments import RULES, Color, File, Given, places_in, read_stream, takes
from postrender.commands.console import Screen, note, show
from postrender.commands.parameters import option
from postrender.commands.reporting import json_of
from postrender.commands.tree import Tree, drawn
from postrender.engine.inputs import rules_layers, rules_of, take_rules
from postrender.errors import UsageError, in_line
from postrender.reports.inventory import inventory
from postrender.reports.references import name_of
from postrender.stream.text import Stream
from postrender.yamltext.writer import flow

if TYPE_CHECKING:
    from postrender.data import Data, Object

EXAMPLES = (
    ("show a chart's objects with pods", "helm template web ./chart | kmod-post inspect"),
    (
        "write all objects as JSON",
        "kmod-post inspect --all --json rendered.yaml > chart.json",
    ),
    (
        "show all images, and those that rules leave behind",
        "kmod-post inspect --images -f kmod.yaml rendered.yaml",
    ),
)
_LONG = 120


@takes(*RULES, "lock", "default_namespace")
def inspect(
    file: File = "-",
    *,
    every: Annotated[
        bool, option("--all", help="Show objects without pods too, instead of their number")
    ] = False,
    images: Annotated[
        bool,
        option("--images", help="Show all images that the stream names, and where each stands"),
    ] = False,
    json: Annotated[bool, option("--json", help="Print JSON")] = False,
    color: Color = "auto",
    given: Given,
) -> None:
    """
    Show the objects of a stream that have pods: containers, images, ports, volumes, what selects
    the pods, and the match: for a rule.

    You need no rules for this. If you give some, inspect uses their "workloads:" to find the pods
    of further kinds, and --images marks the images that the rules leave behind. Values of variables
    and Secrets are not shown, scripts are masked.
    """
    if every and images:
        raise UsageError("inspect: --all and --images exclude each other", "give one of them")
    has_rules = any(key in given for key in RULES)
    if images:
        from postrender.commands.inspect_images import image_text, listed

        with places_in(file):
            data = read_stream(file, "inspect")
            listing = listed(data, given, has_rules=has_rules)
        show(json_of(listing) if json else image_text(listing, Screen(color)))
        if listing["images"] and not (json or has_rules):
            _lead_to("kmod-post init --recipe mirror-all-images pulls them from your registry")
        return
    with places_in(file):
        stream = Stream(read_stream(file, "inspect"))
        in_stream = take_rules(stream)
        workloads = rules_of(rules_layers(given, in_stream)).workloads if has_rules else {}
        namespace = given.get("default_namespace", [""])[-1]
        found = inventory(stream, namespace, workloads, every=every)
    show(json_of(found) if json else _drawn(found, Screen(color)))
    if found["objects"] and not (json or has_rules):
        _lead_to("kmod-post init writes first rules; kmod-post init --list shows recipes for jobs")


def _lead_to(what: str) -> None:
    """Says what comes next, to people: not where a program reads the output."""
    if sys.stdout.isatty():
        note("", what)


def _drawn(found: Object, screen: Screen) -> str:
    """The inventory as a tree for each chart, template by template."""
    charts: dict[str, Tree] = {}
    templates: dict[tuple[str, str], Tree] = {}
    for obj in found["objects"]:
        chart, template = _split(obj.get("source", ""))
        if chart not in charts:
            charts[chart] = Tree([(in_line(chart), "heading")], [])
        if (chart, template) not in templates:
            templates[chart, template] = charts[chart].add([(in_line(template), "quiet")])
        _add_object(templates[chart, template], obj)
    others = [f"{count} {in_line(kind)}" for kind, count in found["others"].items()]
    end = f"without pods (--all shows them): {', '.join(others)}" if others else ""
    return drawn(charts.values(), end or ("" if charts else "no objects"), screen)


def _split(source: str) -> tuple[str, str]:
    """A template path as chart and file in it: `web/charts/redis` and `templates/master.yaml`."""
    for folder in ("/templates/", "/crds/"):
        chart, found, rest = source.partition(folder)
        if found:
            return chart, folder[1:] + rest
    return "(no chart)", source or "(no template path)"


def _add_object(branch: Tree, obj: Object) -> None:
    """One object with its pods."""
    title = [(in_line(name_of(obj)), "place")]
    if "hook" in obj:
        title.append((f"  hook: {in_line(obj['hook'])}", "place.quiet"))
    node = branch.add(title)
    match = obj["match"]
    if match is None:
        text = "no match: can tell it from another object of this kind, name and template"
        node.add([(text, "warning")])
    else:
        node.add([(f"match: {in_line(flow(match))}", "rule")])
    if obj["sameName"] and match is not None:
        node.add([(f"{obj['sameName']} more of this kind and name", "warning")])
    selected = [f"{one['kind']}/{one['name']}" for one in obj.get("selectedBy", [])]
    if selected:
        node.add(_facts({"selected by": [", ".join(selected)]}))
    for pod in obj.get("pods", []):
        at = node.add([(in_line(pod["path"]), "quiet")]) if len(obj["pods"]) > 1 else node
        for container in pod["containers"]:
            _add_container(at, container)
        if pod["volumes"]:
            at.add(_facts({"volumes": [*map(_volume, pod["volumes"])]}))


def _add_container(node: Tree, container: Object) -> None:
    facts: dict[str, list[str]] = {
        key: [flow(_without_scripts(container[key]))]
        for key in ("command", "args")
        if key in container
    }
    for key in ("ports", "env", "envFrom"):
        if key in container:
            facts[key] = [", ".join(map(str, container[key]))]
    if "mounts" in container:
        facts["mounts"] = [*map(_mount, container["mounts"])]
    title = [
        (f"{container['type']} ", "quiet"),
        (in_line(container["name"]), "quiet.strong"),
        (f"  {in_line(container.get('image', '(no image)'))}", "quiet"),
    ]
    at = node.add(title)
    if facts:
        at.add(_facts(facts))


def _without_scripts(words: Data) -> Data:
    """The words of a command line; of a long script only its beginning."""
    if not isinstance(words, list):
        return words
    return [
        f"{word[:_LONG]}…" if isinstance(word, str) and "\n" in word and len(word) > _LONG else word
        for word in words
    ]


def _facts(facts: dict[str, list[str]]) -> dict[str, list[str]]:
    return {key: [*map(in_line, lines)] for key, lines in facts.items()}


def _volume(volume: Object) -> str:
    what = " ".join(str(volume[key]) for key in ("type", "of") if key in volume)
    return f"{volume['name']} ({what})" if what else str(volume["name"])


def _mount(mount: Object) -> str:
    part = f"/{mount['subPath']}" if "subPath" in mount else ""
    return f"{mount['path']} ← {mount['volume']}{part}"
