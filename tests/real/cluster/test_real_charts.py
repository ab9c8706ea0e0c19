"""
Real charts in a real cluster, each with rules for every verb. Their pods need not run, and images
are not there: what counts is what the API server takes, and that it has what was printed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
import pytest
import yaml
from cluster import realcharts
from cluster.release import NAME
from cluster.settings import NODE
from paths import TESTS

from postrender.verbs import VERBS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from cluster.release import Release
    from e2e.room import Room

pytestmark = pytest.mark.cluster

RULES = TESTS / "helpers" / "cluster" / "everyverb.yaml"
_WEBHOOKS = "mutatingwebhookconfigurations,validatingwebhookconfigurations"
NAMESPACE = "demo"  # of the renders
CHARTS = [
    pytest.param(path, id=path.stem) for path in corpus.files() if path.parent.name == "helm3"
]


@pytest.fixture(scope="module")
def served(cluster: Room) -> Iterator[frozenset[tuple[str, str]]]:
    """
    What the API server serves itself: apiVersion and kind. Meanwhile no node takes pods, which
    would take long to end.
    """
    lines = cluster.output("kubectl", "api-resources", "--no-headers").splitlines()
    taint = ("kubectl", "taint", "nodes", NODE)
    cluster.output(*taint, "tests=charts:NoSchedule")
    yield frozenset((line.split()[-3], line.split()[-1]) for line in lines)
    cluster.output(*taint, "tests-")


@pytest.fixture
def installed(
    make_release: Callable[..., Release], served: frozenset[tuple[str, str]], tmp_path: Path
) -> Callable[[Path], Installed]:
    """Makes the chart of a render ready to be installed."""
    return lambda render: Installed(make_release, realcharts.wrap(render, tmp_path, served))


class Installed:
    """The release of a chart in the namespace of the renders."""

    def __init__(self, make_release: Callable[..., Release], chart: Path) -> None:
        self.release = make_release(chart)
        self.release.namespace = NAMESPACE
        self._crds = chart / "crds"
        self._manifest = ""
        # The chart has objects of other namespaces too: kubectl takes those only without --namespace.
        self._kubeconfig = chart.parent / "kubeconfig"
        text = Path(self.release.room.environment["KUBECONFIG"]).read_text()
        context = f"context: {{namespace: {NAMESPACE}, "
        self._kubeconfig.write_text(text.replace("context: {", context))

    def install(self, rules: Path | None) -> str:
        """Installs it, and returns the manifests that Helm keeps of it."""
        words = [word for word in self.release.words("install", rules) if word != "--wait"]
        self.release.do(*words, "--no-hooks")
        self._manifest = self.release.do("get", "manifest", NAME)
        return self._manifest

    def differences(self, manifest: str) -> set[str]:
        """
        The changed lines in what `kubectl diff` shows for manifests, but for webhooks: kubectl would
        ask them, and their pods do not run.
        """
        self.release.room.output("kubectl", "delete", _WEBHOOKS, "--all")
        asked = [text for text in manifest.split("\n---\n") if "WebhookConfiguration" not in text]
        done = self._kubectl("diff", "--filename=-", stdin="\n---\n".join(asked))
        assert done.returncode in {0, 1}, done.stderr
        return {line for line in done.stdout.splitlines() if re.match(r"[+-](?!\+\+ |-- )", line)}

    def _kubectl(self, *words: str, stdin: str) -> subprocess.CompletedProcess[str]:
        command = ("env", f"KUBECONFIG={self._kubeconfig}", "kubectl", *words)
        return self.release.room.run(*command, stdin=stdin, timeout=180)

    def remove(self) -> None:
        """Removes everything again."""
        self.release.helm("uninstall", NAME, "--no-hooks")
        room = self.release.room
        room.run("kubectl", "delete", "pods", f"--namespace={NAMESPACE}", "--all", "--force")
        words = ("delete", "namespace", NAMESPACE, "--ignore-not-found")
        room.output("kubectl", *words, timeout=120)
        # Kubernetes makes a ClusterRole that sums up others again, if it deals with it at that moment.
        self._kubectl("delete", "--ignore-not-found", "--filename=-", stdin=self._manifest)
        # Helm 4 waits for a CRD that is still being deleted until time is up.
        room.run("kubectl", "delete", f"--filename={self._crds}", "--timeout=60s", timeout=90)


@corpus.needed
@pytest.mark.parametrize("path", CHARTS)
def test_a_real_chart(path: Path, installed: Callable[[Path], Installed]) -> None:
    """
    It is installed as it is and with the rules; `kubectl diff` with what Helm keeps of the release
    shows nothing with the rules that it does not show without them.
    """
    chart = installed(path)
    shown = []
    for rules in (None, RULES):
        try:
            manifest = chart.install(rules)
            if not manifest.strip():
                pytest.skip("charts of objects whose CRDs they do not have")
            assert ("example.com/team" in manifest) == bool(rules)
            shown.append(chart.differences(manifest))
        finally:
            chart.remove()
    assert shown[1] - shown[0] == set()


@corpus.needed
def test_a_difference_is_shown(installed: Callable[[Path], Installed]) -> None:
    """The way in which the test above looks finds what is not as it was printed."""
    chart = installed(corpus.FOLDER / "helm3" / "reloader.yaml")
    try:
        manifest = chart.install(RULES)
        changed = manifest.replace("1234e56", "1234e57")
        assert changed != manifest
        assert any("1234e57" in line for line in chart.differences(changed))
    finally:
        chart.remove()


def test_the_rules_have_all_verbs() -> None:
    """Each verb is in a rule."""
    rules = yaml.safe_load(RULES.read_text())["rules"].values()
    assert {verb for rule in rules for verb in rule} >= VERBS.keys()
