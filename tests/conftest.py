"""What all tests share: the program, a verb alone, Go's reading of YAML, how hypothesis looks."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
from contexts import make_context
from hypothesis import HealthCheck, settings
from oracle import go_reader
from program import NAMED, asked, program

from postrender.engine.inputs import read_beside
from postrender.rules.checker import Checker
from postrender.rules.layers import read_values
from postrender.verbs import VERBS
from postrender.verbs.integrity import check_selectors
from postrender.yamltext.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from oracle import GoReader

    from postrender.kubernetes.images import ArgvOf
    from postrender.verbs.context import GeneratedFile

# Machines that test are busy: time says nothing about the code. In CI a failure must come again.
settings.register_profile(
    "kmod",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("kmod")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the switch that accepts what the golden cases give now."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what tests/golden gives now into its expected.yaml and error.txt",
    )
    parser.addoption(
        "--only-program", action="store_true", help="run only the tests that start kmod-post"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out tests that cannot start the program, if that is asked for."""
    if config.getoption("--only-program"):
        kept = [
            item
            for item in items
            if "program" in getattr(item, "fixturenames", ())
            or hasattr(getattr(item, "module", None), "program")
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints one line for each reason why tests were skipped, and above it no list of the tests."""
    skipped = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
    )
    terminalreporter.ensure_newline()
    for reason, count in sorted(skipped.items()):
        terminalreporter.write_line(f"skipped {count} test{'s'[: count > 1]}: {reason}")
    if NAMED:
        ran = {
            report.nodeid
            for reports in terminalreporter.stats.values()
            for report in reports
            if isinstance(report, pytest.TestReport)
            and report.when == "teardown"
            and ("starts kmod-post", True) in report.user_properties
        }
        terminalreporter.write_line(f"{len(ran)} tests started {NAMED}")


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Notes which tests started the program."""
    if "program" in getattr(item, "fixturenames", ()) or item.nodeid in asked:
        item.user_properties.append(("starts kmod-post", True))


class KmodPost(Protocol):
    """The program: arguments and standard input in, the finished process out."""

    def __call__(
        self,
        *args: str | Path,
        stdin: str | bytes = b"",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs kmod-post; `env` is added to an environment that names no rules."""


@pytest.fixture(autouse=True, scope="session")
def _interrupts() -> None:
    """A shell lets what it starts in the background ignore Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", name="program")
def _program() -> Path:
    """The program under test."""
    return program()


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of this process without what would change the program's course."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KMOD_POST_", "HELM_", "PYTHON", "COLUMNS"))
    }
    # Where the plugin `scrambled` is used, the program must be scrambled too.
    scrambling = os.environ.get("KMOD_SCRAMBLED")
    return {**kept, "PYTHONPATH": scrambling} if scrambling else kept


@pytest.fixture(scope="session")
def kmod_post(program: Path, environment: dict[str, str]) -> KmodPost:
    """Runs the console script in a process of its own."""

    def run(
        *args: str | Path,
        stdin: str | bytes = b"",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [program, *args],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=cwd,
            env={**environment, **(env or {})},
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture(scope="session")
def go() -> Iterator[GoReader]:
    """What Helm, kubectl and Argo CD read, asked from their own YAML library."""
    with go_reader() as reader:
        yield reader


class Applied(NamedTuple):
    """What a verb gives, and what it leaves in the context."""

    data: Any
    warnings: list[str]
    files: dict[str, GeneratedFile]
    named: set[str]


class ApplyVerb(Protocol):
    """A verb, its value as in a rules file, the data it is for: what comes of it."""

    def __call__(
        self,
        verb: str,
        value: str,
        data: str | Any,
        *,
        obj: str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}",
        folder: Path | None = None,
        argv_of: ArgvOf = lambda _image, _platform: None,
    ) -> Applied:
        """
        Reads the value and applies it. `obj` is the object that the data is from, `folder` that of
        the rules file. Raises RulesError and VerbError as the verb does.
        """


def yaml_data(text: str) -> Any:
    """The data of a YAML document."""
    root = read(textwrap.dedent(text))
    return None if root is None else root.data


@pytest.fixture(scope="session")
def apply_verb() -> ApplyVerb:
    """Applies one verb of a rule "rule" to an object "Deployment/web"."""

    def apply(
        verb: str,
        value: str,
        data: str | Any,
        *,
        obj: str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}",
        folder: Path | None = None,
        argv_of: ArgvOf = lambda _image, _platform: None,
    ) -> Applied:
        text = textwrap.indent(textwrap.dedent(value).strip(), " ")
        values = read_values(f"{verb}:\n{text}\n", str((folder or Path()) / "rules.yaml"))
        check = Checker(values, read_beside)
        wanted = VERBS[verb].read(check, values.data[verb], (verb,))
        check.finish()
        context = make_context(yaml_data(obj), "rule", argv_of)
        before = yaml_data(data) if isinstance(data, str) else data
        kept = copy.deepcopy(before)
        after = VERBS[verb].apply(before, wanted, context)
        assert before == kept, "a verb has changed its input"
        if context.unheld:
            check_selectors(after, context)
        return Applied(after, list(map(str, context.warnings)), context.files, context.named)

    return apply
