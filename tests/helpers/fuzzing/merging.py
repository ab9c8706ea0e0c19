"""
Random strategic merge patches for real objects, merged by us and by kubectl's own code (gomerge).

    scripts/fuzz kubectl [--pairs N] [--seed S]

A patch is made of pieces of the object and of another one of its kind: other values, new entries of
lists, nulls and directives. Pairs where we do not follow kubectl on purpose are left out: the head of
postrender/kubernetes/strategicmerge.py says which these are.
"""

from __future__ import annotations

import argparse
import copy
import json
import random as randomness
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus import workloads
from judging.cases import objects
from oracle import build, same
from proof import say
from unlikekubectl import comparable, is_comparable

from postrender.kubernetes.strategicmerge import MergeError, merge_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

# What may tell entries of a list apart, the most telling first. An entry of a patch keeps them all.
_KEYS = ("mountPath", "containerPort", "port", "devicePath", "ip", "topologyKey", "name", "key")
_KEPT = (*_KEYS, "protocol", "type", "whenUnsatisfiable", "uid")
# Merged lists, of which single entries can be deleted.
_MERGED = ("containers", "initContainers", "env", "volumes", "volumeMounts")
_BATCH = 500


class Pair(NamedTuple):
    """An object and a patch for it."""

    object: dict[str, Any]
    patch: dict[str, Any]


def some_pair(random: Random) -> Pair:
    """A pair of a random object."""
    known = _objects()
    one = random.choice(known)
    others = [each for each in known if each["kind"] == one["kind"]]
    maker = _Maker(random)
    patch = maker.mapping(one, random.choice(others))
    # Of an object itself only fields change: without its kind it would be refused.
    lost = ("apiVersion", "kind", "$patch", "$retainKeys")
    return Pair(one, {key: patch[key] for key in patch if key not in lost})


def differences(pairs: list[Pair]) -> Iterator[tuple[Pair, Any, Any]]:
    """The pairs that kubectl merges otherwise, with our result and kubectl's; texts are refusals."""
    for pair, theirs in zip(pairs, _by_kubectl(pairs), strict=True):
        try:
            ours: Any = merge_object(pair.object, pair.patch)
        except MergeError as error:
            ours = str(error)
        ours, theirs = (one if isinstance(one, str) else comparable(one) for one in (ours, theirs))
        both_refuse = isinstance(ours, str) and isinstance(theirs, str)
        if not both_refuse and not same(ours, theirs):
            yield pair, ours, theirs


def is_left_out(pair: Pair) -> bool:
    """Whether this is a pair where we do not follow kubectl on purpose."""
    if _has_doubles(pair.object, "") or _has_doubles(pair.patch, ""):
        return True
    return not is_comparable(pair.object, pair.patch)


def main() -> int:
    """Compares so many pairs; fails where something differs."""
    parser = argparse.ArgumentParser(description="Compare strategic merge with kubectl's code.")
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seed", default=str(time.time_ns()), help="a run can be repeated with it")
    given = parser.parse_args()
    begin = time.monotonic()
    left_out = compared = wrong = 0
    for first in range(0, given.pairs, _BATCH):
        numbers = range(first, min(first + _BATCH, given.pairs))
        pairs = [some_pair(randomness.Random(f"{given.seed}/{number}")) for number in numbers]
        usable = [pair for pair in pairs if not is_left_out(pair)]
        left_out += len(pairs) - len(usable)
        compared += len(usable)
        for pair, ours, theirs in differences(usable):
            wrong += 1
            if wrong <= 10:
                say(f"DIFFERENT {json.dumps(pair.patch)[:1000]}")
                say(f"    for {json.dumps(pair.object)[:3000]}")
                say(f"    ours:    {_first_difference(ours, theirs)}")
    spent = time.monotonic() - begin
    say(
        f"seed {given.seed}, {spent:.0f} s: {compared:,} pairs compared with kubectl, "
        f"{left_out:,} left out, {wrong:,} different"
    )
    return 1 if wrong else 0


def _first_difference(ours: Any, theirs: Any, path: str = "") -> str:
    """Where two values differ first, and how."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            if not same(ours.get(key), theirs.get(key)):
                return _first_difference(ours.get(key), theirs.get(key), f"{path}.{key}")
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if not same(one, other):
                return _first_difference(one, other, f"{path}[{i}]")
    return f"{path}: {json.dumps(ours)[:500]}, kubectl: {json.dumps(theirs)[:500]}"


def _by_kubectl(pairs: list[Pair]) -> list[Any]:
    """What kubectl's code makes of each pair; a refusal is text."""
    process = subprocess.Popen([build("gomerge")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    text = "".join(f"{json.dumps(pair._asdict())}\n" for pair in pairs).encode()

    def feed() -> None:
        process.stdin.write(text)
        process.stdin.close()

    # Both pipes hold little: somebody has to read answers while the requests are written.
    feeder = threading.Thread(target=feed)
    feeder.start()
    answers = [json.loads(line) for line in process.stdout]
    feeder.join()
    process.stdout.close()
    if process.wait() or len(answers) != len(pairs):
        raise RuntimeError("gomerge ended before it answered")
    return [answer["json"] if "json" in answer else answer["error"] for answer in answers]


def _objects() -> list[dict[str, Any]]:
    """Real workloads, and one object of each kind that client-go has a type for."""
    own = [each for each in objects() if each["kind"] != "CustomResourceDefinition"]
    known = {(each["apiVersion"], each["kind"]) for each in own}
    real = [each.data for each in workloads()]
    return own + [each for each in real if (each.get("apiVersion"), each.get("kind")) in known]


def _has_doubles(data: Any, field: str) -> bool:
    if isinstance(data, dict):
        return any(_has_doubles(value, key) for key, value in data.items())
    if not isinstance(data, list):
        return False
    entries = [entry for entry in data if isinstance(entry, dict)]
    key = _key(entries)
    names = [json.dumps(entry.get(key)) for entry in entries if key in entry]
    return len({*names}) < len(names) or any(_has_doubles(entry, field) for entry in data)


def _key(entries: list[dict[str, Any]]) -> str:
    return next((key for key in _KEYS if any(key in entry for entry in entries)), "")


class _Maker:
    """Makes patches, all with one random."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def mapping(self, now: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        """A patch for a mapping, with pieces of another one."""
        keys = [*{**now, **other}]
        found = {
            key: self.value(key, now, other)
            for key in self.random.sample(keys, min(len(keys), self.random.randint(1, 3)))
        }
        if now and self.random.random() < 0.02:
            found["$patch"] = self.random.choice(("replace", "delete"))
        elif found and self.random.random() < 0.02:
            found["$retainKeys"] = [*found]
        return found

    def value(self, key: str, now: dict[str, Any], other: dict[str, Any]) -> Any:
        """What a patch has at a key."""
        old, new = now.get(key), other.get(key)
        if old is not None and self.random.random() < 0.08:
            return None
        if old is None or type(old) is not type(new):
            new = old if new is None else new
            return copy.deepcopy(new)
        if isinstance(old, dict):
            return self.mapping(old, new)
        if isinstance(old, list):
            return self.list(key, old, new)
        return self.random.choice((old, new, self.scalar(old)))

    def list(self, field: str, old: list[Any], new: list[Any]) -> list[Any]:
        """What a patch has for a list: entries of both, each once."""
        entries = [entry for entry in (*old, *new) if isinstance(entry, dict)]
        key = _key(entries)
        if not entries or not key:
            both = [*dict.fromkeys(json.dumps(entry) for entry in (*old, *new))]
            return [json.loads(text) for text in self.random.sample(both, min(len(both), 2))]
        by_name: dict[str, list[Any]] = {}
        for entry in entries:
            by_name.setdefault(json.dumps(entry.get(key)), []).append(entry)
        names = self.random.sample([*by_name], min(len(by_name), self.random.randint(1, 3)))
        found = [self.entry(field, by_name[name][0], by_name[name][-1]) for name in names]
        if self.random.random() < 0.2:
            found.append(
                {
                    **copy.deepcopy(self.random.choice(entries)),
                    key: self.scalar(entries[0].get(key)),
                }
            )
        if field in _MERGED and self.random.random() < 0.05:
            found.append({"$patch": "replace"})
        return found

    def entry(self, field: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        """What a patch has for one entry."""
        named = {key: old[key] for key in _KEPT if key in old}
        if field in _MERGED and self.random.random() < 0.1:
            return {**named, "$patch": "delete"}
        changed = self.mapping(old, new)
        return {key: changed[key] for key in changed if not key.startswith("$")} | named

    def scalar(self, old: Any) -> Any:
        """Another value of its type."""
        if isinstance(old, bool):
            return not old
        if isinstance(old, int):
            return self.random.randint(1, 9999)
        return self.random.choice(("a", "b", "new", "1"))


if __name__ == "__main__":
    sys.exit(main())
