"""Random rules for an object: every verb, with values that are easily written wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from changes import KEYS, SCRIPT
from hazards import HAZARDS

from postrender.data import get
from postrender.kubernetes.objects import containers, pod_places

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

# Kubernetes restricts labels and names; here any text is allowed.
TEXTS = (*HAZARDS, SCRIPT, SCRIPT * 2 + "\n")


def some_rules(data: dict[str, Any], random: Random) -> dict[str, Any]:
    """
    One to three rules with some verbs each, as a rules file has them.

    A glob of containers is for the last rule only, an entrypoint and images for one that is alone,
    an entrypoint for a container that no other verb changes, a null that takes a variable away for
    a rule that is alone: what is done later, is found in a second run.
    """
    maker = _Maker(data, random)
    rules: dict[str, Any] = {}
    count = random.choice((1, 1, 2, 3))
    for number in range(count):
        maker.is_last, maker.is_alone = number == count - 1, count == 1
        known = [verb for verb in VERBS if verb != "images" or maker.is_alone]
        if data["kind"] not in ("Deployment", "StatefulSet"):
            known.remove("replicas")
        verbs = random.sample(known, random.choice((1, 1, 2, 3, 5)))
        rule: dict[str, Any] = {"match": {"hooks": "include"}, "expect": "any"}
        made = {verb: VERBS[verb](maker) for verb in verbs}
        if len(_WITH_CONTAINERS & made.keys()) > 1:
            for verb in _WITH_CONTAINERS & made.keys():
                for change in made[verb].values():
                    change.pop("entrypoint", None)
        rules[f"r{number}"] = rule | made
    return {"rules": rules}


class _Maker:
    """Makes values for one object; each method is a verb or a part of one."""

    def __init__(self, data: dict[str, Any], random: Random) -> None:
        self.random = random
        self.data = data
        self.is_last = self.is_alone = True
        self.place = pod_places(data, {})[0]
        spec = get(data, self.place.spec)
        self.containers = [container["name"] for _, container in containers(spec)]
        self.volumes = [volume["name"] for volume in spec.get("volumes") or []]

    def one_of(self, *values: Any) -> Any:
        return self.random.choice(values)

    def text(self) -> str:
        return self.random.choice(TEXTS)

    def texts(self, most: int = 3) -> list[str]:
        return [self.text() for _ in range(self.random.randint(1, most))]

    def mapping(self, keys: tuple[str, ...] = KEYS, *, nulls: bool = True) -> dict[str, Any]:
        """Texts by key; null removes one."""
        count = self.random.randint(1, 3)
        return {
            self.random.choice(keys): None if nulls and self.random.random() < 0.1 else self.text()
            for _ in range(count)
        }

    def some(self, makers: dict[str, Callable[[], Any]], most: int = 4) -> dict[str, Any]:
        """Some of these fields."""
        names = self.random.sample(list(makers), self.random.randint(1, min(most, len(makers))))
        return {name: makers[name]() for name in names}

    def words(self) -> dict[str, Any]:
        """Operations of a list of words, which a second run finds done."""
        flags = {self.one_of("--a", "--b", "-c"): self.one_of(self.text(), True, False, ["x", "y"])}
        return self.some({"$add": lambda: [f"+{self.text()}"], "$flags": lambda: flags})

    # Parts

    def anything(self, deep: int = 2) -> Any:
        kind = self.random.random()
        if deep and kind < 0.25:
            return {self.one_of(*KEYS): self.anything(deep - 1) for _ in range(2)}
        if deep and kind < 0.4:
            return [self.anything(deep - 1) for _ in range(2)]
        return self.one_of(self.text(), self.text(), 1, 0.5, True, -1, 10**12)

    def image(self) -> str:
        return self.one_of(
            "busybox", "busybox:1e3", "reg.example.com:5000/a/b:1.10", "a@sha256:" + "0" * 64
        )

    def file(self) -> Any:
        """A file's text, or that with its mode and carrier."""
        carrier = self.one_of({}, {"carrier": "pod"}, {"carrier": "configMap"})
        text = self.text()
        return self.one_of(text, {"text": text, "mode": self.one_of(0o600, 0o644), **carrier})

    def volume(self) -> str:
        return self.one_of(*self.volumes) if self.volumes else "added"

    def container(self) -> dict[str, Any]:
        """Fields of a container, long and short forms."""
        alone = {"entrypoint": lambda: {"script": self.text(), "original": ["a", self.text()]}}
        return self.some(
            {
                **(alone if self.is_alone else {}),
                "args": lambda: self.one_of(self.texts(), self.words()),
                "command": self.texts,
                "env": lambda: self.mapping(
                    tuple(key for key in KEYS if key and "=" not in key), nulls=self.is_alone
                ),
                "files": lambda: {self.one_of("/etc/a.conf", "/b"): self.file()},
                "image": self.image,
                "mounts": lambda: {self.one_of("/m", "/n"): self.volume()},
                "ports": lambda: [
                    {"containerPort": self.one_of(80, 8080), "name": self.one_of("a", "y")}
                ],
                "postStart": self.text,
                "preStop": self.text,
                "resources": lambda: self.one_of(
                    {}, None, {"limits": {"cpu": self.one_of("1e3", 1, "0.5")}}
                ),
                "tty": lambda: self.one_of(True, False, None),
                "workingDir": self.text,
            }
        )

    # Verbs

    def added(self) -> dict[str, Any]:
        names = (*self.containers[: not self.is_alone], "added", "y", "other")
        made = {}
        for name in self.random.sample(sorted(set(names)), self.random.randint(1, 2)):
            position = self.one_of("first", "last", {"after": self.one_of(*self.containers)})
            made[name] = {"image": self.image(), **self.container()}
            if self.random.random() < 0.4:
                made[name]["position"] = position
        return made

    def changed(self) -> dict[str, Any]:
        return {self.one_of(*("*",) * self.is_last, *self.containers): self.container()}

    def pod(self) -> dict[str, Any]:
        return self.some(
            {
                "nodeSelector": self.mapping,
                "tolerations": lambda: self.one_of(
                    [{"key": self.text(), "operator": "Exists"}],
                    {"$add": [{"key": self.text(), "operator": "Exists"}]},
                ),
                "hostAliases": lambda: [{"ip": "10.0.0.1", "hostnames": ["a", self.text()]}],
                "securityContext": lambda: self.one_of(
                    {}, {"runAsUser": 1, "sysctls": []}, {"$default": {"runAsUser": 2}}
                ),
                "terminationGracePeriodSeconds": lambda: self.one_of(0, 30, None),
                "affinity": lambda: self.one_of(None, {"nodeAffinity": {"x": [self.text()]}}),
            }
        )

    def new_volumes(self) -> dict[str, Any]:
        sources = (
            {"emptyDir": {}},
            {"configMap": {"name": "x", "items": [{"key": self.text(), "path": "p"}]}},
        )
        return {self.one_of("added", "y", "1e3"): self.one_of(*sources)}

    def images(self) -> dict[str, Any]:
        change = self.some(
            {"registry": lambda: "reg.example.com", "newTag": lambda: self.one_of("1e3", "0x1")}, 2
        )
        where = self.one_of({}, {"anywhere": True})
        return {self.one_of("*", "docker.io/*", "*/nginx*"): {**change, **where}}

    def merge(self) -> dict[str, Any]:
        return self.some(
            {
                "metadata": lambda: {"annotations": self.mapping(), "labels": self.mapping()},
                "spec": lambda: {
                    self.one_of(*KEYS): self.anything(),
                    "replicas": self.one_of(1, None),
                },
                "own": self.anything,
            }
        )

    def replicas(self) -> int:
        return self.one_of(0, 1, 3)

    def patch(self) -> list[dict[str, Any]]:
        """Operations that change nothing when they are applied again."""
        key = self.one_of(*KEYS).replace("~", "~0").replace("/", "~1")
        spec = "/" + "/".join(map(str, self.place.spec))
        return [
            {"op": "add", "path": f"{spec}/{key}", "value": self.anything()},
            {"op": "add", "path": "/metadata/annotations", "value": self.mapping(nulls=False)},
            {"op": "test", "path": "/kind", "value": self.data["kind"]},
        ][: self.random.randint(1, 3)]


_WITH_CONTAINERS = {"initContainers", "sidecars", "containers"}
VERBS: dict[str, Callable[[_Maker], Any]] = {
    "merge": _Maker.merge,
    "replicas": _Maker.replicas,
    "pod": _Maker.pod,
    "volumes": _Maker.new_volumes,
    "initContainers": _Maker.added,
    "sidecars": _Maker.added,
    "containers": _Maker.changed,
    "images": _Maker.images,
    "labels": _Maker.mapping,
    "annotations": _Maker.mapping,
    "podLabels": _Maker.mapping,
    "podAnnotations": _Maker.mapping,
    "jsonPatch": _Maker.patch,
}
