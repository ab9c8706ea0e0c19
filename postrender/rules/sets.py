"""
`--set` and its variants, on top of the rules files, with Helm's grammar and order.

Source: helm pkg/cli/values/options.go, MergeValues: after the files come --set-json, --set,
--set-string and --set-file, whatever their order on the command line.
"""

from __future__ import annotations

from postrender.errors import UsageError
from postrender.files import read_file
from postrender.rules.layers import Origin, Values, withdrawn_by
from postrender.rules.strvals import (
    SetError,
    parse_set,
    parse_set_file,
    parse_set_json,
    parse_set_string,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postrender.data import Data
    from postrender.rules.strvals import Assignment


def with_sets(values: Values, given: Mapping[str, Sequence[str]]) -> Values:
    """
    The values with what was set on the command line: `given` is option (`set`, `set_json`, …) to
    texts.

    Raises UsageError.
    """
    parsers = {
        "set_json": parse_set_json,
        "set": parse_set,
        "set_string": parse_set_string,
        "set_file": _parse_set_file,
    }
    data, origins, withdrawn = values.data, dict(values.origins), set(values.withdrawn)
    for option, parse in parsers.items():
        flag = f"--{option.replace('_', '-')}"
        for text in given.get(option, ()):
            before = data
            try:
                data, assignments = parse(before, text)
            except SetError as error:
                raise UsageError(f"{flag}: {error}") from None
            for assignment in assignments:
                path, value = assignment.path, assignment.value
                shown = value if isinstance(value, str) else assignment.text
                for depth in range(1, len(path) + 1):
                    origins.setdefault(path[:depth], Origin(flag, 0, 0, 0, 0, None))
                origins[path] = Origin(flag, 0, 0, 0, 0, shown)
            withdrawn.update(withdrawn_by(data, before))
    return Values(data, origins, frozenset(withdrawn))


def _parse_set_file(data: Data, text: str) -> tuple[Data, list[Assignment]]:
    return parse_set_file(data, text, _read)


def _read(path: str) -> str:
    return read_file(path).decode()
