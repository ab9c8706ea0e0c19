"""A new flag that is almost one of the container's own."""

from __future__ import annotations

import pytest
from runs import output, run_text

POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\n"
    "spec: {containers: [{name: a, image: b, args: [%s]}]}\n"
)


@pytest.mark.parametrize(
    ("there", "new", "is_near"),
    [
        pytest.param("--cpu-request=1", "--cpu-reqest", True, id="a letter is missing"),
        pytest.param("--cpu-request=1", "--cpu-requets", True, id="letters are swapped"),
        pytest.param("--cpu-request=1", "--memory-request", False, id="another word"),
        pytest.param("--http-port=1", "--https-port", False, id="http and https"),
        pytest.param("--min-replicas=1", "--max-replicas", False, id="min and max"),
        pytest.param("--filter=1", "--filters", False, id="a plural"),
        pytest.param("--loglevel=1", "--gloglevel", False, id="another first letter"),
        pytest.param("--server1=1", "--server2", False, id="a number"),
    ],
)
def test_a_new_flag(there: str, new: str, is_near: bool) -> None:
    """It is said once, and nothing is said of the output, which has both."""
    change = f"{{args: {{$flags: {{{new}: secret}}}}}}"
    rules = f"rules: {{r: {{match: {{}}, containers: {{a: {change}}}}}}}"
    done = run_text(rules, POD % there)
    said = [str(one) for one in done.warnings if one.id == "flag-near-another"]
    assert len(said) == is_near
    assert all(f"did you mean {there.partition('=')[0]}?" in one for one in said)
    assert not any("secret" in one for one in said)
    assert run_text(rules, output(done)).warnings == []
