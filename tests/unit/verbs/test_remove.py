from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postrender.errors import RulesError

if TYPE_CHECKING:
    from conftest import ApplyVerb


def test_remove(apply_verb: ApplyVerb) -> None:
    """Nothing is left of the object."""
    assert apply_verb("remove", "true", {"kind": "Service"}).data is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("false", "remove: false does nothing", id="false"),
        pytest.param("web", "must be true or false, not text", id="text"),
        pytest.param("1", "must be true or false, not a number", id="number"),
    ],
)
def test_mistakes(apply_verb: ApplyVerb, value: str, message: str) -> None:
    """Only true says something; a mistake is said once."""
    with pytest.raises(RulesError, match=message) as caught:
        apply_verb("remove", value, {})

    assert len(str(caught.value).splitlines()) == 1
