"""A Helm release in the cluster, in a namespace of its own, and what can be asked of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from e2e.pods import wait

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from e2e.room import Room
    from hosts.programs import Host

NAME = "example"
# What every namespace has of its own.
_GIVEN = {"configmap/kube-root-ca.crt", "serviceaccount/default"}
_KINDS = (
    "configmaps,cronjobs,daemonsets,deployments,jobs,persistentvolumeclaims,pods,replicasets,"
    "secrets,serviceaccounts,services,statefulsets"
)
# Machines that test are busy.
PATIENCE = 180


class Release:
    """The release `example` of a chart, by one of the two Helms."""

    def __init__(self, room: Room, host: Host, namespace: str, chart: Path) -> None:
        self.room = room
        self._host = host
        self.namespace = namespace
        self._chart = chart
        self._environment = {**host.env, "KUBECONFIG": room.environment["KUBECONFIG"]}

    def helm(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs Helm in the room, whatever its exit code."""
        given = [f"{name}={value}" for name, value in self._environment.items()]
        command = [self._host.path, *words, f"--namespace={self.namespace}"]
        return self.room.run("env", "-i", *given, *command, timeout=PATIENCE * 2)

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What kubectl prints. OSError if it fails."""
        return self.room.output("kubectl", f"--namespace={self.namespace}", *words, stdin=stdin)

    def do(self, *words: str | Path) -> str:
        """What Helm says; it must succeed."""
        done = self.helm(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def words(self, verb: str, rules: Path | None, *more: str) -> list[str | Path]:
        """`helm install` or `helm upgrade` with the rules file, if there is one."""
        post = ["--post-renderer=kmod-post"]
        post += [f"--post-renderer-args={word}" for word in ("--rules", rules)]
        create = ["--create-namespace"] if verb == "install" else []
        waiting = ["--wait", f"--timeout={PATIENCE}s"]
        return [verb, NAME, self._chart, *create, *waiting, *(post if rules else []), *more]

    def install(self, rules: Path | None, *more: str) -> str:
        """`helm install --wait`; it must succeed."""
        return self.do(*self.words("install", rules, *more))

    def upgrade(self, rules: Path | None, *more: str) -> str:
        """`helm upgrade --wait`; it must succeed."""
        return self.do(*self.words("upgrade", rules, *more))

    def pods(self) -> dict[str, Any]:
        """The pods that are ready and are not being deleted, by name."""
        found = json.loads(self.kubectl("get", "pods", "--output=json"))["items"]
        return {
            pod["metadata"]["name"]: pod
            for pod in found
            if "deletionTimestamp" not in pod["metadata"] and _ready(pod)
        }

    def pages(self) -> set[str]:
        """What ready pods give, and what the Service does."""
        addresses = [pod["status"]["podIP"] for pod in self.pods().values()]
        return {self._get(each) for each in addresses} | {self.service_page()}

    def service_page(self) -> str:
        """What the Service gives."""
        words = ("get", "service", "example-nginx", "--output=jsonpath={.spec.clusterIP}")
        return self._get(self.kubectl(*words))

    def _get(self, address: str) -> str:
        """The page, or what is said of it; a pod that is ending may not answer any more."""
        words = ("busybox", "wget", "-qO-", f"http://{address}/")
        done = self.room.run("timeout", "3", *words)
        return done.stdout or done.stderr

    def gives(self, page: str) -> None:
        """Waits until every pod and the Service give the page; fails if they do not."""
        end = time.monotonic() + 60
        while (found := self.pages()) != {page} and time.monotonic() < end:
            time.sleep(0.3)
        assert found == {page}

    def restarts(self, pod: str) -> int:
        """How often the containers of a pod were started again."""
        path = "jsonpath={.status.containerStatuses[*].restartCount}"
        return sum(map(int, self.kubectl("get", "pod", pod, "--output", path).split()))

    def objects(self) -> set[str]:
        """`kind/name` of what there is in the namespace, without Helm's own record of releases."""
        found = self.kubectl("get", _KINDS, "--output=name").split()
        short = {name.replace(".apps", "").replace(".batch", "") for name in found}
        return {name for name in short if not name.startswith("secret/sh.helm.")} - _GIVEN

    def uninstall(self) -> None:
        """`helm uninstall --wait`; nothing may stay."""
        self.do("uninstall", NAME, "--wait", f"--timeout={PATIENCE}s")
        self.is_gone()

    def is_gone(self) -> None:
        """Waits until nothing is left: Helm returns before pods are gone."""
        wait(lambda: not self.objects(), f"nothing left of {self.namespace}", within=90)


def _ready(pod: Any) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
