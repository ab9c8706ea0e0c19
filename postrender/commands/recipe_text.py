"""
The text of a recipe's rules for a stream: what stands in `{{…}}` is filled in.

Inside a line, it is an answer (`{{secret}}`), the match of an object (`{{workload}}`), its name or
kind (`{{workload.name}}`), the image of the container without its tag (`{{container.image}}`), a
name that the pod does not have yet, or one of INLINE. In double quotes it is a part of a text.
Alone on a line, it is one of BLOCKS: lines, or nothing.
"""

from __future__ import annotations

import re
import textwrap
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from postrender.commands.mounted import mounted_at
from postrender.commands.starters import free_name
from postrender.commands.targets import words_of
from postrender.commands.texts import NUMBERS
from postrender.data import get
from postrender.errors import KmodError, in_line
from postrender.kubernetes.images import ImageName, normalised, parse
from postrender.kubernetes.images import text_of as image_text
from postrender.kubernetes.objects import containers, mappings, pod_places, text_of
from postrender.kubernetes.selectors import own_selectors
from postrender.kubernetes.validation.services import service_findings
from postrender.reports.imagelist import image_list
from postrender.reports.inventory import workloads_of
from postrender.yamltext.scalars import double_quoted, resolve
from postrender.yamltext.writer import Layout, flow, mapping_lines, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postrender.commands.known import Known
    from postrender.commands.recipes import Recipe
    from postrender.data import Data, Object
    from postrender.stream.text import Stream

_HOLE = re.compile(r'"([^"\n]*\{\{[\w.-]+\}\}[^"\n]*)"|\{\{([\w.-]+)\}\}')
_BLOCK = re.compile(r"( *)\{\{([\w-]+)\}\}")
_RULE = re.compile(r"  ([a-z0-9-]+):")
_WIDTH = 96
_LOGS = "logs"


class Case(NamedTuple):
    """What a recipe is filled in from; `found` are the findings of its rules, by rule."""

    recipe: Recipe
    known: Known
    stream: Stream
    file: str
    found: Mapping[str, list[str]]


class Raw(str):
    """A text that is YAML already."""

    __slots__ = ()


def rules_text(case: Case) -> str:
    """The rules file: what it does, when not to use it, how to go on, and the rules."""
    recipe = case.recipe
    about = [f"{recipe.summary}.", f"When not: {' '.join(recipe.when_not.split())}"]
    head = [f'Written by "kmod-post init --recipe {recipe.name}"; change what you like.']
    for text in about:
        head += ["", *textwrap.wrap(text, _WIDTH, break_on_hyphens=False)]
    files = in_line(_files(case))
    head += ["", f"  kmod-post check {files}"]
    head += [f"  helm template NAME CHART | kmod-post diff {files}"]
    lines = [f"# {line}".rstrip() for line in head]
    return "\n".join(lines) + "\n" + filled(case, recipe.rules)


def layer_file(case: Case, ending: str) -> str:
    """The name of a recipe's second file: `kmod-prod.yaml` beside `kmod.yaml`."""
    stem, dot, suffix = case.file.rpartition(".")
    added = _text_in(case, ending)
    return f"{stem}-{added}.{suffix}" if dot else f"{case.file}-{added}"


def filled(case: Case, template: str) -> str:
    """A recipe's text without holes."""
    lines = []
    rule = ""
    for line in template.splitlines():
        if named := _RULE.fullmatch(line):
            rule = named[1]
        block = _BLOCK.fullmatch(line)
        if block and block[2] == "accept":
            lines += [block[1] + one for one in _accept(case, rule)]
        elif block and block[2] in BLOCKS:
            lines += [block[1] + one for one in BLOCKS[block[2]](case)]
        elif line.lstrip().startswith("#"):
            lines.append(in_line(_text_in(case, line)))
        else:
            lines.append(_HOLE.sub(lambda hole: _filled(case, hole), line))
    return "\n".join(lines) + "\n"


def _filled(case: Case, hole: re.Match[str]) -> str:
    """A hole, or a text in double quotes that has some."""
    if hole[1] is not None:
        return double_quoted(_text_in(case, hole[1]))
    value = _value(case, hole[2])
    return str(value) if isinstance(value, Raw) else scalar(value)


def _text_in(case: Case, text: str) -> str:
    """A text with its holes filled, not as YAML."""
    return re.sub(r"\{\{([\w.-]+)\}\}", lambda hole: str(_value(case, hole[1])), text)


def _value(case: Case, name: str) -> Data:
    """What a hole stands for."""
    known = case.known
    before, _, part = name.partition(".")
    if part in {"name", "kind"}:
        return text_of(known.objects[before][0], part)
    if name == "container.image":
        return image_text(parse(_image(case)).replaced(tag="", digest=""))
    if name in known.objects:
        return Raw(flow(known.objects[name][1]))
    if name == "container":
        return known.target.container
    if name in case.recipe.names:
        return _free(case, case.recipe.names[name])
    if name in INLINE:
        return Raw(INLINE[name](case))
    is_number = any(ask.name == name and ask.of in NUMBERS for ask in case.recipe.asks)
    return Raw(known.answers[name]) if is_number else known.answers[name]


def _free(case: Case, name: str) -> str:
    """A name that no container and no volume of the pod has."""
    obj = case.known.workload
    taken = {
        str(one.get("name"))
        for place in pod_places(obj, {})
        for spec in [get(obj, place.spec)]
        for one in (*(one for _, one in containers(spec)), *mappings(spec.get("volumes")))
    }
    return free_name(name, case.known.target.volumes | taken)


# Inside a line


def _words(case: Case) -> str:
    """Which field has the container's flags."""
    return words_of(case.known.container)[0]


def _selector(case: Case) -> str:
    """By what the workload finds its pods."""
    return flow(next((one for _, one in own_selectors(case.known.workload)), {}))


def _files(case: Case) -> str:
    """The options that name the recipe's files."""
    layer = case.recipe.layer
    return f"-f {case.file}" + (f" -f {layer_file(case, layer[0])}" if layer else "")


def _reviewed(case: Case) -> str:
    """The match of the workload with the version of its image, but for the patch level."""
    _, match = case.known.objects["workload"]
    return flow({**match, "image": image_text(_release(_image(case)))})


def _release_tag(case: Case) -> str:
    return scalar(_release(_image(case)).tag.removeprefix(":") or "latest")


def _release(image: str) -> ImageName:
    """An image with a `*` in place of its patch level and digest: `example/web:1.4.*`."""
    name = parse(image).replaced(digest="")
    found = re.match(r":v?\d+\.\d+\.(?=\d)", name.tag)
    return name.replaced(tag=f"{found[0]}*") if found else name


def _image(case: Case) -> str:
    return str(case.known.container.get("image") or "*")


def _setting(case: Case) -> str:
    """The value of the answer `value` under the keys of the answer `path`."""
    text = case.known.answers["value"]
    value: Data = Raw(text) if not isinstance(resolve(text), str) else text
    for key in reversed(case.known.answers["path"].split(".")):
        value = {key: value}
    return flow(value)


def _health_port(case: Case) -> str:
    """A port that nothing in the pod listens on, as far as the chart and the answers say."""
    taken = {
        port.get("containerPort")
        for container in _all_containers(case.known.workload)
        for port in mappings(container.get("ports"))
    }
    taken.add(int(case.known.answers["port"]))
    return str(next(port for port in count(9090) if port not in taken))


INLINE: dict[str, Callable[[Case], str]] = {
    "files": _files,
    "health-port": _health_port,
    "words": _words,
    "selector": _selector,
    "reviewed": _reviewed,
    "release": _release_tag,
    "setting": _setting,
}


# Lines


def _log_volume(case: Case) -> list[str]:
    """A volume for the folder of the log files, unless the container has one of the chart there."""
    folder, name = case.known.answers["folder"], case.known.target.container
    if there := mounted_at(case.known.workload, name, folder):
        about = (
            f"The program must write its log files to {in_line(folder)}. The chart has its volume "
            f"{in_line(there.volume)} ({there.type}) at {in_line(there.path)}, "
            "and the shipper reads it."
        )
        return [f"# {line}" for line in textwrap.wrap(about, _WIDTH - 6)]
    volume = _free(case, _LOGS)
    return [
        "volumes:",
        "  # Lives as long as the pod. The limit keeps it from filling the node.",
        f"  {scalar(volume)}: {{emptyDir: {{sizeLimit: 1Gi}}}}",
        "containers:",
        f"  {scalar(name)}:",
        "    mounts:",
        "      # The program must write its log files here, not only to standard output.",
        f"      {scalar(folder)}: {scalar(volume)}",
    ]


def _log_mount(case: Case) -> list[str]:
    """The mount of the folder of the log files for the shipper, at the same path."""
    folder = case.known.answers["folder"]
    there = mounted_at(case.known.workload, case.known.target.container, folder)
    path, mount = (there.path, there.mount) if there else (folder, {})
    parts = {key: mount[key] for key in ("subPath", "subPathExpr") if mount.get(key)}
    volume = mount.get("name") or _free(case, _LOGS)
    return [f"{scalar(path)}: {flow({'volume': volume, **parts, 'readOnly': True})}"]


def _accept(case: Case, rule: str) -> list[str]:
    """The findings that a rule has and accepts, each with the reason."""
    ids = [one for one in case.recipe.accepts if one in case.found.get(rule, ())]
    if not ids:
        return []
    comments = [line for one in ids for line in textwrap.wrap(case.recipe.accepts[one], _WIDTH - 6)]
    return [*(f"# {line}" for line in comments), f"accept: {flow(list(ids))}"]


def _images(case: Case) -> list[str]:
    """An entry for each registry of the stream's images, and one for all others."""
    registry, _, prefix = case.known.answers["registry"].partition("/")
    paths: dict[str, set[str]] = {}
    for entry in image_list(case.stream)["images"]:
        if entry["image"] and entry["role"] != "mention":
            name = normalised(parse(entry["image"]))
            paths.setdefault(name.host, set()).add(name.path)
    if not paths:
        raise KmodError(
            f"--recipe {case.recipe.name}: the stream names no images",
            "pipe the manifests of a chart that has some",
        )
    lines = []
    seen: set[str] = set()
    for host, own in sorted(paths.items()):
        # Two registries may have images of one name, which must not become one.
        apart = host.replace(":", "-") if own & seen else ""
        seen |= own
        change: Object = {"registry": registry}
        if prefix or apart:
            change["prefix"] = "/".join(part for part in (prefix, apart) if part)
        lines.append(f'"{host}/*": {flow({**change, "anywhere": True})}')
    other: Object = {"registry": registry, **({"prefix": prefix} if prefix else {})}
    other["anywhere"] = True
    comment = "# Another registry, which a new version of the chart may bring."
    return [*lines, comment, f'"*": {flow(other)}']


def _apart(case: Case) -> list[str]:
    """A `not` for the workloads with containers that may do everything."""
    names = [
        text_of(subject.obj, "name")
        for subject, _ in workloads_of(case.stream)
        if any(map(_is_privileged, _all_containers(subject.obj)))
    ]
    if not names:
        return []
    return ["# These have containers that need all privileges.", f"not: {flow({'name': names})}"]


def _is_privileged(container: Object) -> bool:
    added = get(container, ("securityContext", "capabilities", "add"))
    is_admin = isinstance(added, list) and ("SYS_ADMIN" in added or "CAP_SYS_ADMIN" in added)
    return is_admin or get(container, ("securityContext", "privileged")) is True


def _all_containers(obj: Object) -> list[Object]:
    return [one for place in pod_places(obj, {}) for _, one in containers(get(obj, place.spec))]


def _security(case: Case) -> list[str]:
    """The application's securityContext, so that a new container is allowed wherever that is."""
    context = case.known.target.security
    if not context:
        return []
    lines = mapping_lines({"securityContext": context}, 0, Layout())
    return ["# The same as the application's.", *lines]


def _native(case: Case) -> list[str]:
    """A sidecar of a Job must end with it."""
    if not case.known.target.ends:
        return []
    return ["# A native sidecar, which ends after the Job's own containers.", "native: true"]


def _original(case: Case) -> list[str]:
    """What is to be done where only the image says what it starts."""
    if case.known.target.has_command:
        return []
    return [
        "# Only the image says what it starts. Read it from the image's registry once:",
        f"#   helm template NAME CHART | kmod-post lock -f {in_line(case.file)}",
        "# Or write it here, ENTRYPOINT and CMD exactly as the image has them:",
        '# original: [/docker-entrypoint.sh, nginx, -g, "daemon off;"]',
    ]


def _of_other_type(case: Case) -> list[str]:
    """Nulls for fields of a Service that do not go with its new type."""
    spec: Object = {
        **case.known.objects["service"][0].get("spec", {}),
        "type": case.known.answers["type"],
    }
    fields = [field for field in spec if field != "type" and _helps(spec, field)]
    lines = [f"{field}: null" for field in fields if field != "ports"]
    if "ports" in fields:
        ports = [port for port in mappings(spec["ports"]) if port.get("nodePort")]
        lines.append(f"ports: {flow([{'port': port['port'], 'nodePort': None} for port in ports])}")
    return ["# What only the type of the chart has.", *lines] if lines else []


def _helps(spec: Object, field: str) -> bool:
    """Whether a Service has fewer fields of another type without this one."""
    rest = {key: value for key, value in spec.items() if key != field}
    return _misfits(rest) < _misfits(spec)


def _misfits(spec: Object) -> int:
    service: Object = {"apiVersion": "v1", "kind": "Service", "spec": spec}
    return sum(finding[0] == "field-of-other-type" for finding in service_findings(service))


def _of_other_type_accept(case: Case) -> list[str]:
    """What is taken out is gone when the rule runs over its own output."""
    return ["accept: [finds-nothing]"] if _of_other_type(case) else []


BLOCKS: dict[str, Callable[[Case], list[str]]] = {
    "images": _images,
    "apart": _apart,
    "security": _security,
    "log-mount": _log_mount,
    "log-volume": _log_volume,
    "native": _native,
    "original": _original,
    "of-other-type": _of_other_type,
    "of-other-type-accept": _of_other_type_accept,
}
