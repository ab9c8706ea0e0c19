"""
A container that a script of `entrypoint` starts keeps what the script hands over to: another
`command` or other `args` would take its place.
"""

from __future__ import annotations

from postrender.data import put, same
from postrender.kubernetes.objects import containers, mappings
from postrender.verbs.generated_names import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object
    from postrender.verbs.context import Context

_FIELDS = ("command", "args")


def with_scripts(old: Object, new: Object, context: Context, *, is_patch: bool = False) -> Object:
    """
    A container as a rule has changed it, with the command and args that a script there hands over
    to already, as in a second run. Raises VerbError where the rule has others, or none.

    A jsonPatch (`is_patch`) comes behind the scripts of its own rule, and may add words to args.
    """
    command, args = _words(old.get("command")), _words(old.get("args"))
    started_by = command[0] if command else ""
    changed = [name for name in _FIELDS if not same(old.get(name), new.get(name))]
    if not started_by.startswith(f"{FOLDER}/") or not changed:
        return new
    if is_patch and _has_more(old, new):
        return new
    scripts = [word for word in (started_by, *args) if word.startswith(f"{FOLDER}/")]
    argv = [word for word in args if word not in scripts]
    first, last = (_words(new.get(name)) if name in changed else [] for name in _FIELDS)
    is_there = argv[: len(first)] == first and argv[len(argv) - len(last) :] == last
    # A rule before the script's takes away what the script then finds; one behind it cannot.
    earlier = [*context.earlier, *([context.rule.name] if is_patch else [])]
    is_late = any(script.split("/")[2] in earlier for script in scripts)
    if not is_there or (is_late and any(not new.get(name) for name in changed)):
        context.fail(
            f"container {old.get('name')}: {started_by} starts it, and has taken over its "
            "command and args",
            "set them in a rule before that one",
        )
    kept = {**new, **{name: old[name] for name in changed if name in old}}
    return old if same(old, kept) else kept


def pod_with_scripts(
    old: Object, new: Object, context: Context, *, is_patch: bool = False
) -> Object:
    """The same for the containers of a pod spec."""
    for path, container in list(containers(new)) if new is not old else ():
        field, name = path[0], container.get("name")
        known = [one for one in mappings(old.get(str(field))) if one.get("name") == name]
        if len(known) == 1:
            kept = with_scripts(known[0], container, context, is_patch=is_patch)
            new = put(new, path, kept)
    return new


def _has_more(old: Object, new: Object) -> bool:
    """Whether a container has all the args that it had, in their order, and the command."""
    words = iter(_words(new.get("args")))
    is_whole = all(word in words for word in _words(old.get("args")))
    return is_whole and same(old.get("command"), new.get("command"))


def _words(value: Data) -> list[str]:
    """A command or args as a list; none where a chart has something else."""
    return [str(word) for word in value] if isinstance(value, list) else []
