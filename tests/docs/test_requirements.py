"""The locks in scripts/requirements fit pyproject.toml; `scripts/lock` writes them."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDER = ROOT / "scripts" / "requirements"
# Each lock with the dependency groups that it has beside what kmod-post needs and is built with.
LOCKS = {
    "runtime": [],
    "test": ["test"],
    "check": ["test", "check"],
    "site": ["site"],
    "lowest": ["test"],
    "executable": [],
    "release": ["release"],
}


class Pinned(NamedTuple):
    """A package of a lock: its one version, and the hashes of its files."""

    version: Version
    hashes: list[str]


def read(lock: str) -> dict[str, Pinned]:
    """The packages of a lock by name. Each line must have the one form that pip and uv both read."""
    text = (FOLDER / f"{lock}.txt").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "")
    found = {}
    for line in text.splitlines():
        name, version, rest = re.fullmatch(r"([a-z0-9-]+)==(\S+)( .*)", line).groups()
        hashes = re.findall(r" --hash=sha256:([0-9a-f]{64})(?= |$)", rest)
        found[name] = Pinned(Version(version), hashes)
    return found


def wanted(lock: str) -> list[Requirement]:
    """What pyproject.toml asks for in a lock."""
    texts = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    for group in LOCKS[lock]:
        texts += [text for text in PROJECT["dependency-groups"][group] if isinstance(text, str)]
    return [Requirement(text.lower()) for text in texts]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_fits(lock: str) -> None:
    """All that pyproject.toml asks for is locked, in a version that it allows."""
    pinned = read(lock)
    misfits = [
        f"{each} but {pinned[each.name].version if each.name in pinned else 'nothing'} is locked"
        for each in wanted(lock)
        if each.name not in pinned or pinned[each.name].version not in each.specifier
    ]
    assert misfits == [], "run scripts/lock"


def test_the_lowest_are_the_lowest() -> None:
    """Each lower bound of pyproject.toml is the version that is tested as the lowest."""
    pinned = read("lowest")
    for each in wanted("lowest"):
        (bound,) = [spec.version for spec in each.specifier if spec.operator == ">="]
        assert pinned[each.name].version == Version(bound), "run scripts/lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_hashes_and_no_address(lock: str) -> None:
    """A file that was exchanged is not installed, from whichever registry it comes."""
    assert "://" not in (FOLDER / f"{lock}.txt").read_text()
    assert [name for name, package in read(lock).items() if not package.hashes] == []


def test_the_locks_agree() -> None:
    """A package has one version in what is shown, tested and checked."""
    runtime, test, check = read("runtime"), read("test"), read("check")
    assert test.items() <= check.items()
    assert runtime.items() <= test.items()
