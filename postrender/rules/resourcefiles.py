"""
Objects of `resources:` from a file: `{file: hpa.yaml}`. Loaded only where rules name one.
"""

from __future__ import annotations

from os.path import dirname, join

from postrender.errors import RulesError, StreamError, Where
from postrender.kubernetes.objects import is_list
from postrender.rules.checker import Checker, kind_of
from postrender.rules.layers import Values, read_values
from postrender.stream.text import Stream
from postrender.yamltext.reader import ReadError, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object, Path

    # What checks an object, knowing its file; the object; its path.
    Found = tuple[Checker, Object, Path]


def objects_in(check: Checker, entry: Object, path: Path) -> list[Found]:
    """
    The objects of the file that an entry of `resources:` names, those of a List one by one.
    Mistakes go to the checker, with their place in that file.
    """
    others = [key for key in entry if key != "file"]
    if others:
        text = f"an object from a file has nothing beside file, and here is {', '.join(others)}"
        check.add(path, text, "remove it, or write a rule that changes the object", value=True)
        return []
    mistakes = len(check.found)
    place: Path = (*path, "file")
    text = check.file(entry["file"], place)
    if len(check.found) > mistakes:
        return []
    name = check.text(entry["file"], place)
    file = join(dirname(check.values.file(place)), name)
    try:
        roots = list(_documents(text, file))
    except RulesError as error:
        check.found += [(check.values.order(place), one) for one in error.messages]
        return []
    found = [
        (own, obj, at)
        for i, values in enumerate(roots)
        for own, obj, at in _objects(check, values, path if len(roots) == 1 else (*path, i))
    ]
    if not found:
        check.add(place, f'there is no object in "{name}"', "name another file", value=True)
    return found


def _documents(text: str, file: str) -> Iterator[Values]:
    """The documents of a file that hold anything, as values. Raises RulesError."""
    try:
        stream = Stream(text.encode())
    except StreamError as error:
        raise RulesError(one.in_file(file) for one in error.messages) from None
    for document in stream.documents:
        line = stream.line_of(document.body)
        body = stream.text(document)
        try:
            root = read(body)
        except ReadError as error:
            where = Where(file, error.line + line, error.column + 1)
            raise RulesError(error.problem, "fix the YAML", where=where) from None
        if root is None or root.data is None:
            continue
        if not isinstance(root.data, dict):
            where = Where(file, line + body.count("\n", 0, root.start), 1)
            problem = f"must be an object, not {kind_of(root.data)}"
            raise RulesError(problem, "write apiVersion, kind and metadata", where=where)
        yield read_values(body, file, line)


def _objects(check: Checker, values: Values, path: Path) -> Iterator[Found]:
    """The objects of a document: itself, or the items of a List."""
    origins = {(*path, *within): origin for within, origin in values.origins.items()}
    own = Checker(Values({}, origins), check.read_file, check.home_of)
    own.accepted, own.found, own.excused = check.accepted, check.found, check.excused
    if not is_list(values.data):
        yield own, values.data, path
        return
    for i, item in enumerate(values.data["items"]):
        place = (*path, "items", i)
        if isinstance(item, dict):
            yield own, item, place
        else:
            own.mapping(item, place, "an object with apiVersion, kind and metadata.name")
