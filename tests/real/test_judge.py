"""
What a real kube-apiserver says of our results, and our verdicts beside its own. scripts/judge runs
this over all charts of the corpus and over many more cases; docs/proof.md has the figures.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from corpus import ROOT
from judging import apiserver, openapi, renders
from judging.cases import objects, some_case
from judging.comparing import AGREED, FAULTS, compare
from judging.verdicts import ACCEPTED, DECODING, UNKNOWN, VALIDATION, Judge
from tools import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from judging.openapi import Types
    from oracle import GoReader

CHART = ROOT / "charts" / "example-nginx" / "rendered" / "helm3.yaml"
CASES = 300


@pytest.fixture(scope="module")
def server() -> Iterator[apiserver.ApiServer]:
    """A server for the tests of this module."""
    for program in ("etcd", "kube-apiserver", "openssl"):
        find(program)
    with apiserver.running() as running:
        yield running


@pytest.fixture(scope="module")
def judge(server: apiserver.ApiServer) -> Iterator[Judge]:
    """Asks the server."""
    with Judge(server) as asking:
        yield asking


@pytest.fixture(scope="module")
def types(server: apiserver.ApiServer) -> Types:
    """The types as the server describes them."""
    connection = server.connect()
    try:
        return openapi.read_types(connection)
    finally:
        connection.close()


def test_the_objects_that_are_changed_are_valid(judge: Judge) -> None:
    """A case has one mistake at most: that of its patch."""
    verdicts = judge.all_verdicts(objects())
    assert [verdict.message for verdict in verdicts if verdict.word != ACCEPTED] == []


@pytest.mark.parametrize(
    ("change", "word", "message"),
    [
        pytest.param({"dat": {}}, DECODING, 'unknown field "dat"', id="unknown-field"),
        pytest.param({"data": {"a": 1}}, DECODING, "cannot unmarshal number", id="wrong-type"),
        pytest.param({"metadata": {"name": "A"}}, VALIDATION, "metadata.name", id="wrong-name"),
        pytest.param({"kind": "Thing"}, UNKNOWN, "", id="custom-kind"),
    ],
)
def test_the_server_refuses(change: Any, word: str, message: str, judge: Judge) -> None:
    """A judge that lets everything pass would say nothing."""
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **change}
    verdict = judge.verdict(config_map)
    assert verdict.word == word
    assert message in verdict.message


def test_every_verb_over_the_example_chart(judge: Judge, go: GoReader) -> None:
    """What the server takes as rendered, it takes after rules with every verb."""
    found = renders.documents([CHART], go)
    assert {*renders.as_rendered(found, judge)} == {ACCEPTED}
    total: Counter[str] = Counter()
    for name in renders.rules():
        count, changed = renders.after(name, found, go, judge)
        assert [one for one in changed if not renders.explanation(one.reason)] == [], name
        total += count
    assert total[ACCEPTED] > 20


def test_verdicts_agree(judge: Judge, types: Types) -> None:
    """
    What the server accepts is not refused, what it cannot decode does not pass. What only checks of
    the result can find is counted by scripts/judge.
    """
    seeds = [f"tests/{number}" for number in range(CASES)]
    compared = compare(judge, types, [(seed, some_case(types, seed)) for seed in seeds])
    faults = [one for one in compared if one.difference in FAULTS]
    assert [(one.seed, one.difference, one.why, one.ours.messages) for one in faults] == []
    count = Counter(one.difference for one in compared)
    assert count[AGREED] > CASES / 2
    assert len({one.case.mistake for one in compared}) > 10


def test_a_seed_makes_the_same_cases(types: Types) -> None:
    """A fault that was found can be looked at again."""
    seeds = [f"tests/{number}" for number in range(50)]
    assert [some_case(types, seed) for seed in seeds] == [some_case(types, seed) for seed in seeds]


def test_nothing_of_a_server_is_left(server: apiserver.ApiServer) -> None:
    """Also where what needs it fails: its programs have ended, and its port is free."""
    seen = []

    def fail() -> None:
        with apiserver.running() as other:
            seen.append(other)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    (other,) = seen
    assert other.port != server.port
    connection = other.connect()
    with pytest.raises(OSError, match="refused"):
        connection.ask("GET", "/readyz")
    assert not other.folder.exists()
