"""What finds the pods of a workload, in streams with many of both."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from postrender.kubernetes.objects import pod_places
from postrender.kubernetes.selectors import unmet
from postrender.reports.selecting import Selecting
from postrender.stream.manifest import Subject


def subject(obj: dict[str, Any]) -> Subject:
    """An object of a stream without a namespace of its own."""
    return Subject(obj, "", "", {})


def service(name: str, selector: dict[str, Any], namespace: str) -> dict[str, Any]:
    """A Service with this selector."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": selector},
    }


def pod(labels: Any, namespace: str) -> dict[str, Any]:
    """A Pod with these labels."""
    metadata = {"name": "pod", "namespace": namespace, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": []}}


@pytest.mark.parametrize("seed", range(20))
def test_all_that_select_a_pod_are_found(seed: int) -> None:
    """The same as if each were asked; also by values that no label may have."""
    random = Random(seed)
    values = ["a", "b", 1, True, None, ["a"], {"a": "b"}]

    def labels(most: int) -> dict[str, Any]:
        return {
            key: random.choice(values if random.random() < 0.2 else ["a", "b"])
            for key in random.sample("xyz", random.randint(0, most))
        }

    services = [service(f"s{i}", labels(3), random.choice("mn")) for i in range(60)]
    found = Selecting(map(subject, services))

    for _ in range(30):
        one = pod(labels(3), random.choice("mn"))
        names = [
            other["metadata"]["name"]
            for other in services
            if other["metadata"]["namespace"] == one["metadata"]["namespace"]
            and other["spec"]["selector"]
            and not unmet(other["spec"]["selector"], one["metadata"]["labels"])
        ]
        selected = found.of(subject(one), pod_places(one, {}))
        assert [other.obj["metadata"]["name"] for other in selected] == names
