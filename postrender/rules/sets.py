"""
`--set` and its variants, on top of the rules files, with Helm's grammar and order.

Source: helm pkg/cli/values/options.go, MergeValues: after the files come --set-json, --set,
--set-string and --set-file, whatever their order on the command line.
"""

from __future__ import annotations

from postrender.errors import UsageError
from postrender.files import read_file
from postrender.rules.layers import Origin, Values, merge_values, withdrawn_by
from postrender.rules.strvals import (
    SetError,
    check_names,
    parse_set,
    parse_set_file,
    parse_set_json,
    parse_set_string,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from postrender.data import Data, Path
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
    for option, parse in parsers.items():
        flag = f"--{option.replace('_', '-')}"
        for text in given.get(option, ()):
            try:
                check_names(text, is_json=option == "set_json")
                # Operations of a list or a text are for what is there: they come as a layer.
                is_layer = "$" in text and any(map(_is_operation, parse({}, text)[1]))
                data, assignments = parse({} if is_layer else values.data, text)
            except SetError as error:
                raise UsageError(f"{flag}: {error}") from None
            if is_layer:
                values = merge_values([values, Values(data, _origins(flag, assignments, {}))])
            else:
                withdrawn = values.withdrawn.union(withdrawn_by(data, values.data))
                origins = _origins(flag, assignments, values.origins)
                values = Values(data, origins, withdrawn, values.layered)
    return values


def _is_operation(assignment: Assignment) -> bool:
    """Whether something is set in a list or text operation."""
    return any(isinstance(part, str) and part[:1] == "$" for part in assignment.path)


def _origins(
    flag: str, assignments: Iterable[Assignment], known: Mapping[Path, Origin]
) -> dict[Path, Origin]:
    """The known origins, and those of what an option has set."""
    origins = dict(known)
    for assignment in assignments:
        path, value = assignment.path, assignment.value
        shown = value if isinstance(value, str) else assignment.text
        for depth in range(1, len(path) + 1):
            origins.setdefault(path[:depth], Origin(flag, 0, 0, 0, 0, None))
        origins[path] = Origin(flag, 0, 0, 0, 0, shown)
    return origins


def _parse_set_file(data: Data, text: str) -> tuple[Data, list[Assignment]]:
    return parse_set_file(data, text, _read)


def _read(path: str) -> str:
    return read_file(path).decode()
