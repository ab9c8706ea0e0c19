"""Other kinds than Deployments, and hooks, in a real cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cluster.charts import workload
from e2e.pods import wait
from hosts.charts import make_chart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cluster.release import Release

pytestmark = pytest.mark.cluster

RULES = """
rules:
  greet:
    match: {kind: %(kind)s}
    carrier: %(carrier)s
    containers:
      app:
        entrypoint:
          script: |
            echo before the application
            cat /etc/app/greeting
        files:
          /etc/app/greeting: {text: "a file\\n", carrier: %(of_the_file)s}
    sidecars:
      beside:
        image: busybox:1.28
        native: true
        command: ["sh", "-c", "trap exit TERM; echo beside; while :; do sleep 9999 & wait; done"]
"""
SAID = "before the application\na file\napplication\n"

HOOK = """\
  annotations:
    helm.sh/hook: pre-install,pre-upgrade,pre-rollback
    helm.sh/hook-delete-policy: %s
"""
HOOK_RULES = """
rules:
  greet:
    match: {kind: Job, hooks: only}
    containers:
      app:
        files:
          /etc/app/greeting: {text: "%s\\n"%s}
"""
CARRIERS = {"": "", "configMap": ", carrier: configMap", "pod": ", carrier: pod"}


@pytest.mark.parametrize(
    ("kind", "carrier", "of_the_file"),
    [
        ("StatefulSet", "pod", "configMap"),
        ("DaemonSet", "configMap", "configMap"),
        ("Job", "pod", "pod"),
        ("CronJob", "configMap", "pod"),
    ],
)
def test_kinds(
    kind: str,
    carrier: str,
    of_the_file: str,
    make_release: Callable[..., Release],
    tmp_path: Path,
) -> None:
    """A script, a file and a native sidecar: all of them in the pod, and nothing stays."""
    release = make_release(make_chart(tmp_path, workload=workload(kind)))
    rules = tmp_path / "kmod.yaml"
    rules.write_text(RULES % {"kind": kind, "carrier": carrier, "of_the_file": of_the_file})
    job = ("--wait-for-jobs",) if kind == "Job" else ()
    release.install(rules, *job)
    if kind == "CronJob":
        release.kubectl("create", "job", "now", "--from=cronjob/cronjob")
        release.kubectl("wait", "--for=condition=Complete", "job/now", "--timeout=50s")
    label = f"--selector=app={kind.lower()}"

    def log(container: str) -> str:
        # With Helm 3, a DaemonSet's only pod may start after --wait.
        words = ("kubectl", f"--namespace={release.namespace}", "logs", label)
        return release.room.run(*words, f"--container={container}").stdout

    wait(lambda: log("app") == SAID, f"what {kind} says", within=30)
    assert log("beside") == "beside\n"
    if kind == "CronJob":
        release.kubectl("delete", "job", "now")
    if kind != "Job":  # its pods cannot be changed
        rules.write_text(rules.read_text().replace("a file", "another file"))
        release.upgrade(rules)
    release.uninstall()


@pytest.mark.parametrize("policy", ["before-hook-creation", "hook-succeeded"])
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("helm", ["helm4"], indirect=True)  # Helm 3 lets nobody change hooks
def test_hooks_get_their_files(
    carrier: str, policy: str, make_release: Callable[..., Release], tmp_path: Path
) -> None:
    """
    The hook's files are there before the hook, on installation, on upgrade and on rollback, which
    starts no post-renderer, and no ConfigMap is left behind, even after a failure.
    """
    annotations = HOOK % policy
    hook = workload("Job", script="grep -x $EXPECTED /etc/app/greeting", annotations=annotations)
    chart = make_chart(tmp_path, hook=hook.replace("$EXPECTED", "{{ .Values.expected }}"))
    release = make_release(chart)
    rules = tmp_path / "kmod.yaml"
    rules.write_text(HOOK_RULES % ("first", CARRIERS[carrier]))
    release.install(rules, "--set=expected=first")
    rules.write_text(HOOK_RULES % ("second", CARRIERS[carrier]))
    release.upgrade(rules, "--set=expected=second")
    release.do("rollback", "example", "1", "--wait")
    failed = release.helm(*release.words("upgrade", rules, "--set=expected=third"))
    assert failed.returncode != 0
    assert "pre-upgrade hooks failed" in failed.stderr
    release.do("uninstall", "example")
    assert not [name for name in release.objects() if name.startswith("configmap/")]
