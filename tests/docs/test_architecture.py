from __future__ import annotations

import ast
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = ROOT / "postrender"

# The storeys, from the roof to the ground, and the rooms on each: a folder, or a module of the root.
# A room knows only rooms below it, on its own storey those to the right of it. That holds for every
# module and every import: when it runs, inside functions, and for types.
STOREYS = (
    ("__main__", "__init__", "commands", "registry", "html"),
    ("compare", "reports", "importing"),
    ("engine", "verbs", "rules"),
    ("stream", "kubernetes", "yamltext"),
    ("data", "errors", "findings", "files", "value"),
)
ORDER = {room: number for number, room in enumerate(chain.from_iterable(STOREYS))}
# What a side room would know and does not: the page and the registries do not know each other.
APART = {("registry", "html"), ("registry", "reports")}
MODULES = [
    pytest.param(path, id=".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    for path in sorted(PACKAGE.rglob("*.py"))
]

# Each package that does not come with Python, and the modules that may know it.
LIBRARIES = {
    "yaml": ["yamltext/reader.py", "yamltext/libyaml.py"],
    "deepmerge": ["rules/layers.py"],
    "jsonpatch": ["verbs/json_patch.py", "reports/kustomize.py"],
    "jsonpointer": ["verbs/json_patch.py", "reports/kustomize.py"],
    "rich": ["commands/"],
    "typer": ["commands/"],
    "urllib3": ["registry/transport.py"],
}

# What a plain render loads of Python, with what that brings. Helm starts the program for every
# release, helm-unittest for every test case: a module more is a millisecond more for everybody.
LOADED = {
    "__future__": "annotations that cost nothing",
    "bisect": "from an offset to its line or document",
    "errno": "why a file is refused",
    "gc": "switched off",
    "hashlib": "the checksum of generated files",
    "itertools": "neighbours, and what differs",
    "operator": "what several rules have changed in one object",
}
# … and of yaml: libyaml's parser, what it gives, and the error classes that it asks for.
LOADED_OF_YAML = {"", "._yaml", ".error", ".events", ".nodes", ".tokens"} | {
    f".{name}"
    for name in (
        *("composer", "constructor", "emitter", "parser"),
        *("reader", "representer", "scanner", "serializer"),
    )
}
# Named for those who look for them: too dear, or not for the render path at all.
NEVER_LOADED = (
    *("typer", "click", "rich", "pydantic", "jsonschema", "jsonpatch", "deepmerge"),
    *("typing", "dataclasses", "logging", "inspect", "json", "pathlib", "fnmatch", "datetime"),
    *("re", "enum", "functools", "collections", "contextlib"),
    *("importlib.metadata", "argparse", "subprocess", "socket", "ssl", "urllib.request"),
)


def tree_of(path: Path) -> ast.Module:
    """A module's code without what only type checkers see."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    return tree


def imports(tree: ast.Module) -> Iterator[str]:
    """The modules that some code imports, anywhere in it, with their full names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports say the full name"
            assert node.module is not None
            yield from (f"{node.module}.{name.name}" for name in node.names)


def room_of(path: Path) -> str:
    """The room of a module: its folder, or itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_of(path: Path) -> set[str]:
    """The other rooms that a module imports from, for types too."""
    found = set()
    for name in imports(ast.parse(path.read_text())):
        package, _, rest = name.partition(".")
        if package == "postrender" and rest not in {"", "__version__"}:
            other = rest.partition(".")[0]
            is_room = (PACKAGE / other).is_dir() or (PACKAGE / f"{other}.py").exists()
            found.add(other if is_room else "__init__")
    return found - {room_of(path)}


@pytest.mark.parametrize("path", MODULES)
def test_imports_go_down(path: Path) -> None:
    """A room knows only rooms below it, and every module is in a room."""
    room = room_of(path)
    for other in rooms_of(path):
        assert ORDER[other] > ORDER[room], f"{room} imports {other}"
        assert (room, other) not in APART, f"{room} imports {other}"


def test_the_root_is_small() -> None:
    """Whoever opens the package sees its rooms, not its modules."""
    assert len(list(PACKAGE.glob("*.py"))) <= 7


def module_of(name: str) -> str:
    """The module that an imported name is in, or is."""
    path = PACKAGE.parent / name.replace(".", "/")
    return name if path.is_dir() or path.with_suffix(".py").exists() else name.rpartition(".")[0]


def test_imports_go_nowhere_in_a_circle() -> None:
    """No module needs itself, by whichever way, for types neither."""
    needs: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        found = {module_of(other) for other in imports(ast.parse(path.read_text()))}
        needs[name.removesuffix(".__init__")] = found - {name, "postrender"}
    needs.pop("postrender")  # the public names: whoever imports one gets its module
    while free := {name for name in needs if not needs[name] & needs.keys()}:
        needs = {name: others for name, others in needs.items() if name not in free}

    assert not needs


@pytest.mark.parametrize("path", MODULES)
def test_libraries_have_one_door(path: Path) -> None:
    """Each foreign package is imported in one place."""
    inside = path.relative_to(PACKAGE).as_posix()
    for name in imports(tree_of(path)):
        package = name.partition(".")[0]
        if package in sys.stdlib_module_names or package == "postrender":
            continue
        assert any(inside.startswith(door) for door in LIBRARIES[package]), f"{inside}: {package}"


@pytest.mark.parametrize("path", MODULES)
def test_only_the_command_prints_and_exits(path: Path) -> None:
    """
    Standard streams, exit codes and the environment belong to the command; the variable that names
    rules files is read with these.
    """
    inside = path.relative_to(PACKAGE).as_posix()
    if room_of(path) in {"__main__", "commands", "registry"} or inside == "engine/inputs.py":
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute):
            word = ast.unparse(node)
            assert word not in {"sys.stdout", "sys.stderr", "sys.stdin", "sys.exit", "os.environ"}
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"print", "input", "exit", "os.getenv"}


def loaded(code: str, stdin: bytes = b"", *args: str) -> set[str]:
    """The modules that some code loads in a Python of its own, beside those it begins with."""
    program = f"""
import sys
before = set(sys.modules)
{code}
sys.stderr.write("\\nloaded: " + " ".join(set(sys.modules) - before))
"""
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            program,
            *args,
        ],  # with PYTHONWARNINGS Python itself loads more
        input=stdin,
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    names = done.stderr.decode().rpartition("\nloaded: ")[2].split()
    return {name for name in names if not name.startswith(("cython_runtime", "_cython_"))}


CHART = ROOT / "charts" / "example-nginx"
RENDER = "from postrender.commands.main import main\nassert main(sys.argv[1:]) == 0"


MORE = """
rules:
  a:
    match: {kind: "*", name: "example-*"}
    labels: {team: shop}
  b:
    match: {kind: Deployment}
    containers: {"*": {env: {PORT: "80"}, args: [--level=2], resources: {limits: {cpu: 100m}}}}
"""


@pytest.fixture(scope="module")
def render_loads(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """All that renders of the example chart load, in the four ways and in others."""
    stream = (CHART / "rendered" / "helm3.yaml").read_bytes()
    more = tmp_path_factory.mktemp("more") / "kmod.yaml"
    more.write_text(MORE)
    found = set()
    for rules in (*sorted((CHART / "kmod").iterdir()), more):
        found |= loaded(RENDER, stream, "-f", str(rules))
    return found


def test_a_render_loads_what_it_needs(render_loads: set[str]) -> None:
    """No module of Python's or yaml's that is not listed above is loaded for a render."""
    known = loaded("\n".join(f"import {name}" for name in LOADED))
    known |= {f"yaml{name}" for name in LOADED_OF_YAML}

    foreign = {name for name in render_loads if name.partition(".")[0] != "postrender"}

    assert foreign - known == set()


def test_a_render_loads_no_command_line(render_loads: set[str]) -> None:
    """Typer, and what a render without a lock file has no use for, stays away."""
    assert render_loads.isdisjoint(NEVER_LOADED)
    rooms = {name.split(".")[1] for name in render_loads if name.startswith("postrender.")}
    assert rooms.isdisjoint({"registry", "reports", "html"})
    assert "postrender.engine.krm" not in render_loads
    assert {name for name in render_loads if ".commands." in name} == {
        f"postrender.commands.{name}" for name in ("interrupts", "main", "options")
    }


def test_importing_the_package_loads_nothing() -> None:
    """`import postrender` is free; its names are loaded when they are used."""
    assert loaded("import postrender") <= {"postrender", "__future__"}


def test_the_public_names_load_no_command_line() -> None:
    """A program that renders through the package gets no Typer and nothing dear."""
    names = loaded("import postrender; postrender.load_rules; postrender.render")

    assert "postrender.engine.run" in names
    # `import yaml` loads some of them.
    of_yaml = loaded("import yaml")
    assert names.isdisjoint(set(NEVER_LOADED) - of_yaml)


def test_several_layers_load_deepmerge() -> None:
    """What is needed only sometimes is loaded only then."""
    rules = str(CHART / "kmod" / "sidecar.yaml")
    stream = (CHART / "rendered" / "helm3.yaml").read_bytes()

    assert "deepmerge" in loaded(RENDER, stream, "-f", rules, "-f", rules)
