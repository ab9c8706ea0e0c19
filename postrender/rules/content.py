"""
Kubernetes content in rules: fields written as in a manifest, read by the table of types.

Where Kubernetes takes only text, a number or a bool becomes text as written. What Kubernetes would
refuse is a mistake: an unknown field, a value of another type, one outside an enumeration, text
that is not a quantity, a new entry without what it must have, two fields of which it takes one. A
null stays: it deletes the field. What is merged may have the directives of `directives.py`, but in
new entries of lists all is data, as it is in what is not merged.

Where the type is not known, as in a custom kind, well-known names of fields say what is text.
"""

from __future__ import annotations

from postrender.data import get
from postrender.errors import parts_of
from postrender.kubernetes import types
from postrender.kubernetes.directives import DEFAULT, field_of, is_operation, key_of
from postrender.kubernetes.required import must_have
from postrender.kubernetes.strategicmerge import merge_keys
from postrender.kubernetes.types import ANY, element, is_list, is_map
from postrender.kubernetes.unions import conflict
from postrender.rules.checker import first_word, kind_of
from postrender.rules.directives import defaults_of, is_data
from postrender.rules.scalars import is_mode, read_mode, read_scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from postrender.data import Data, Object, Path
    from postrender.kubernetes.types import Field, Known
    from postrender.rules.checker import Checker
    from postrender.rules.homes import Around

# Content of no known type: fields that hold only texts (k8s.io/api core/v1 and meta/v1 types.go).
# Mappings of them, lists of them, lists of mappings whose `value` is one. A pair is a field in
# another; elsewhere such a field may hold anything.
_TEXT_MAPPINGS = frozenset(
    ("labels", "annotations", "matchLabels", "nodeSelector", "stringData", "volumeAttributes")
)
_TEXT_LISTS = frozenset(("command", "args"))
_TEXT_VALUES = frozenset(("env", "httpHeaders", "sysctls", "tolerations"))
_TEXT_VALUES_WITHIN = frozenset((("dnsConfig", "options"),))
_TEXT_LISTS_WITHIN = frozenset((("matchExpressions", "values"), ("matchFields", "values")))


def read_content(
    check: Checker,
    value: Data,
    path: Path,
    shape: str = "",
    *,
    is_new: bool = False,
    at: Path = (),
    known: Known = types,
) -> Data:
    """
    The content with texts where Kubernetes takes only text; mistakes go to the checker. A new tree;
    the values stay as they are.

    `shape` is what Kubernetes wants there (see `kubernetes.types`), empty where that is unknown;
    `at` is then where in an object it is to stand, as far as that is known. What `is_new` is not
    merged, and so must have all that Kubernetes requires; else the result is a patch. `known` are
    the types to look in.
    """
    reader = _Reader(check, known, is_patch=not is_new)
    if shape in ("", ANY):
        return reader.free(value, path, at, is_new=is_new)
    return reader.value(value, path, shape, (), is_new=is_new)


def read_object(
    check: Checker, value: Object, path: Path, shape: str, known: Known, *, is_new: bool = False
) -> Object:
    """Fields of a whole object. Its metadata is known though its type is not."""
    metadata = value.get("metadata")
    if shape not in ("", ANY) or metadata is None:
        whole: Object = read_content(check, value, path, shape, is_new=is_new, known=known)
        return whole
    rest = {key: None if key == "metadata" else item for key, item in value.items()}
    content: Object = read_content(check, rest, path, shape, is_new=is_new, known=known)
    place = (*path, "metadata")
    content["metadata"] = read_content(check, metadata, place, "ObjectMeta", is_new=is_new)
    return content


def read_field(check: Checker, value: Data, path: Path, owner: str, name: str) -> Data:
    """The value of a field of a type, its owner, as `read_content` reads it."""
    field = types.fields_of(owner)[name]
    around = ((owner, len(path) - 1),)
    reader = _Reader(check, types, is_patch=True)
    return reader.field(value, path, owner, field, around, is_new=False)


def add_unknown(
    check: Checker,
    key: str,
    path: Path,
    owner: str,
    known: Known = types,
    further: Iterable[str] = (),
) -> None:
    """
    Notes a field that a type does not have: where in the rules it belongs, or the nearest of its
    fields and of the `further` keys there.
    """
    _Reader(check, known, is_patch=True).unknown(key, path, owner, (), further)


class _Reader:
    """
    Reads content by the types that are `known`: as a patch (`is_patch`), where keys of data that
    begin with `$` get another one, or as it is.
    """

    __slots__ = ("check", "is_patch", "known")

    def __init__(self, check: Checker, known: Known, *, is_patch: bool) -> None:
        self.check = check
        self.known = known
        self.is_patch = is_patch

    def twin(self, check: Checker) -> _Reader:
        """The same, with another checker."""
        return _Reader(check, self.known, is_patch=self.is_patch)

    def key(self, key: str, path: Path, *, is_new: bool) -> tuple[str, str]:
        """
        The field that a key means, empty where it is a directive or none, and the key that the
        content gets.
        """
        if key[:1] != "$":
            return key, key
        if is_new:
            return key, key_of(key) if self.is_patch else key
        return field_of(key) if is_data(self.check, key, path) else "", key

    def value(self, value: Data, path: Path, shape: str, around: Around, *, is_new: bool) -> Data:
        """A value of a shape; null stays."""
        if value is None:
            return None
        if isinstance(value, dict) and self.is_operation(value, shape, is_new=is_new):
            return self.operation(value, path, shape, around)
        if shape == ANY:  # data, unless a custom kind has it
            is_custom = bool(around) and "/" in around[-1][0]
            return self.free(value, path, () if is_custom else None, is_new=is_new)
        if is_list(shape):
            if not isinstance(value, list):
                self.wrong(value, path, "a list")
                return value
            inner = element(shape)
            return [self.entry(item, (*path, i), inner, around) for i, item in enumerate(value)]
        if is_map(shape):
            if not isinstance(value, dict):
                self.wrong(value, path, "a mapping")
                return value
            inner = element(shape)
            content = {}
            for key, item in value.items():
                below = (*path, key)
                if self.is_default(key, is_new=is_new):
                    defaults = defaults_of(self.check, value, path)
                    content[key] = self.value(defaults, below, shape, around, is_new=False)
                    continue
                name, own = self.key(key, path, is_new=is_new)
                content[own] = (
                    self.value(item, below, inner, around, is_new=is_new) if name else item
                )
            return content
        if self.known.is_type(shape):
            if not isinstance(value, dict):
                self.wrong(value, path, "a mapping")
                return value
            return self.typed(value, path, shape, around, is_new=is_new)
        return read_scalar(self.check, value, path, shape, self.known)

    def is_operation(self, value: Object, shape: str, *, is_new: bool) -> bool:
        """
        Whether a mapping changes the list or the text that is there: also a mistyped one, where
        Kubernetes has a list or a scalar.
        """
        if is_new or not self.is_patch:
            return False
        if is_operation(value):
            return True
        is_nested = shape in ("", ANY) or is_map(shape) or self.known.is_type(shape)
        return not is_nested and any(key[:1] == "$" for key in value)

    def is_default(self, key: str, *, is_new: bool) -> bool:
        """Whether a key of a mapping stands for defaults."""
        return key == DEFAULT and not is_new and self.is_patch

    def operation(
        self,
        value: Object,
        path: Path,
        shape: str,
        around: Around,
        keys: tuple[str, ...] = (),
        at: Path | None = None,
    ) -> Data:
        """Operations in place of a list or a text."""
        from postrender.rules.operations import Place, read_operation

        return read_operation(self, value, Place(path, shape, around, keys, at))

    def free(self, value: Data, path: Path, at: Path | None, *, is_new: bool) -> Data:
        """
        Content of no known type: what is text is told by the names of fields, where `at` is its
        place in an object. Such a name may mean something else here, so no value is refused.
        """
        if isinstance(value, dict):
            if self.is_operation(value, "", is_new=is_new):
                return self.operation(value, path, "", (), at=at)
            content = {}
            for key, item in value.items():
                if self.is_default(key, is_new=is_new):
                    defaults = defaults_of(self.check, value, path)
                    content[key] = self.free(defaults, (*path, key), at, is_new=False)
                    continue
                name, own = self.key(key, path, is_new=is_new)
                below = None if at is None else (*at, name)
                content[own] = self.free(item, (*path, key), below, is_new=is_new) if name else item
            return content
        if isinstance(value, list):
            is_keyed = not is_new and bool(path) and _may_have_key(str(path[-1]))
            return [
                item
                if not is_keyed and not is_new and self.is_entry_of_none(item, (*path, i))
                else self.free(
                    item, (*path, i), None if at is None else (*at, i), is_new=not is_keyed
                )
                for i, item in enumerate(value)
            ]
        is_text = at is not None and value is not None and _is_text(at)
        return self.check.text(value, path) if is_text else value

    def typed(
        self, value: Object, path: Path, shape: str, around: Around, *, is_new: bool
    ) -> Object:
        """A mapping of a type. Directives stay."""
        fields = self.known.fields_of(shape)
        inside = (*around, (shape, len(path)))
        content = {}
        for key, item in value.items():
            if self.is_default(key, is_new=is_new):
                defaults = defaults_of(self.check, value, path)
                content[key] = self.value(defaults, (*path, key), shape, around, is_new=False)
                continue
            name, own = self.key(key, path, is_new=is_new)
            field = fields.get(name)
            if field is not None:
                content[own] = self.field(item, (*path, key), shape, field, inside, is_new=is_new)
                continue
            if name:
                self.unknown(key, path, shape, around)
            content[own] = item
        if message := conflict(shape, value):
            self.check.add(path, message, "keep one of them", value=True)
        if is_new and "$patch" not in value:
            self.complete(value, path, shape, fields.values())
        return content

    def field(
        self,
        value: Data,
        path: Path,
        owner: str,
        field: Field,
        around: Around,
        *,
        is_new: bool,
    ) -> Data:
        """The value of a field of a type, its owner."""
        shape = field.shape
        if value is not None and is_mode(owner, field.name, shape):
            return read_mode(self.check, value, path)
        keys = None if is_new or not is_list(shape) else merge_keys(owner, field.name)
        if keys and isinstance(value, dict) and self.is_operation(value, shape, is_new=is_new):
            return self.operation(value, path, shape, around, keys)
        if not isinstance(value, list):
            return self.value(value, path, shape, around, is_new=is_new)
        inner = element(shape) if is_list(shape) else shape
        if not keys and not is_new and "/" in owner and _may_have_key(field.name):
            return [
                self.entry_by_name(item, (*path, i), inner, around) for i, item in enumerate(value)
            ]
        if not keys:
            return self.value(value, path, shape, around, is_new=is_new)
        return [self.entry(item, (*path, i), inner, around, keys) for i, item in enumerate(value)]

    def entry(
        self, value: Data, path: Path, shape: str, around: Around, keys: tuple[str, ...] = ()
    ) -> Data:
        """
        An entry of a list; with `keys`, by the first of which it is merged into an entry that may
        be there.
        """
        if value is None and shape != ANY:  # a null deletes nothing in a list
            is_nested = is_list(shape) or is_map(shape) or self.known.is_type(shape)
            self.wrong(value, path, "a mapping" if is_nested else "text")
            return value
        if keys and not isinstance(value, dict) and self.known.is_type(shape):
            self.wrong(value, path, "a mapping", f"write {{{keys[0]}: …}}")
            return value
        if keys and value.get("$patch", "merge") == "merge":
            self.need(value, path, keys[0])
        if not keys and self.is_entry_of_none(value, path):
            return value
        return self.value(value, path, shape, around, is_new=not keys)

    def entry_by_name(self, value: Data, path: Path, shape: str, around: Around) -> Data:
        """An entry of a list of a custom kind that may be merged by a key: the object decides."""
        content = self.value(value, path, shape, around, is_new=False)
        if isinstance(value, dict) and "$patch" not in value and self.known.is_type(shape):
            self.complete(value, path, shape, self.known.fields_of(shape).values())
        return content

    def is_entry_of_none(self, value: Data, path: Path) -> bool:
        """
        Whether an entry of a list without a key has a directive. `$patch: replace` alone says what
        becomes of such a list anyway; what else it says is noted.
        """
        if not self.is_patch or not isinstance(value, dict) or "$patch" not in value:
            return False
        if value != {"$patch": "replace"}:
            self.check.add(
                (*path, "$patch"),
                "this list has no key to merge its entries by",
                "write the whole list",
            )
        return True

    def complete(self, value: Object, path: Path, shape: str, fields: Iterable[Field]) -> None:
        """Notes what a new mapping lacks."""
        if "/" in shape:  # a custom kind may have defaults
            return
        for field in fields:
            if must_have(shape, field):
                self.need(value, path, field.name)

    def need(self, value: Object, path: Path, name: str) -> None:
        """Notes that a mapping has no field `name`, which may be one of a field."""
        if get(value, tuple(name.split("."))) is None:
            self.check.add(path, f"it has no {name}", f"add {name}:", value=True)

    def wrong(self, value: Data, path: Path, what: str, advice: str = "") -> None:
        """Notes a value of another kind than Kubernetes wants."""
        self.check.add(path, f"must be {what}, not {kind_of(value)}", advice, value=True)

    def unknown(
        self, key: str, path: Path, owner: str, around: Around, further: Iterable[str] = ()
    ) -> None:
        """Notes a field that a type does not have."""
        home = self.check.home_of(key, path)
        if home:
            text, advice = parts_of(home)
            self.check.add((*path, key), f"{key} {text}", advice)
            return
        from postrender.rules.homes import home_in_types

        names = (*self.known.fields_of(owner), *further)
        advice = home_in_types(key, path, owner, around, names, self.known)
        text = f'unknown field "{first_word(key)}"'
        self.check.add((*path, key), text, advice, id="unknown-field")


def _may_have_key(name: str) -> bool:
    """Whether a list of this name in a custom kind may be merged by a key: the object decides."""
    return bool(merge_keys("*", name))


def _is_text(at: Path) -> bool:
    """Whether Kubernetes takes only text at a place in an object."""
    above, field, key = (None, None, None, *at)[-3:]
    if isinstance(key, str) and field in _TEXT_MAPPINGS:
        return True
    if field == "metadata" and key in ("name", "namespace"):
        return True
    if isinstance(key, int):
        return field in _TEXT_LISTS or (at[-4:-3] + at[-2:-1] in _TEXT_LISTS_WITHIN)
    if key != "value" or not isinstance(field, int):
        return False
    return above in _TEXT_VALUES or at[-4:-2] in _TEXT_VALUES_WITHIN


def without_nulls(value: Data) -> Data:
    """Content of an object that is new: there a null has no field to delete."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
