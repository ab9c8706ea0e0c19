"""The one table of what a comparison finds. docs/compare.md shows it; a test compares the two."""

from __future__ import annotations

from typing import NamedTuple

LOOK, NOTE = "look", "note"


class Kind(NamedTuple):
    """
    One kind of finding: its id, its level, what it means, what to do. A LOOK is something to look
    at, for which `--exit-code` exits with 1; a NOTE is only said.
    """

    id: str
    level: str
    means: str
    act: str


# In the order of their ids.
_ALL = (
    Kind(
        "accept-unneeded",
        LOOK,
        "an `accept` of the rule excuses nothing any more",
        "remove the id from `accept`",
    ),
    Kind(
        "accepts-more",
        LOOK,
        "an `accept` of the rule excuses a finding that it did not excuse before",
        "render without that `accept`, and read what it hides",
    ),
    Kind(
        "api-version-changed",
        LOOK,
        "an object that the rule changes has another apiVersion, and its fields may have moved",
        "check that the rule's fields exist in the new version",
    ),
    Kind(
        "command-changed",
        LOOK,
        "the chart has changed the `command` of a container whose `args` the rule changes, or its "
        "`args` beside a `command` of the rule",
        "check that the two still fit together",
    ),
    Kind(
        "container-gone",
        LOOK,
        "a container that the rule changed is gone",
        "remove it from the rule, or name the one that has taken its place",
    ),
    Kind(
        "container-new",
        LOOK,
        "the rule changes a container that the chart did not have",
        "check that it may be changed like the others",
    ),
    Kind(
        "container-renamed",
        LOOK,
        "a container that the rule changed has another name, and the rule no longer changes it",
        "use the new name in the rule",
    ),
    Kind(
        "default-superseded",
        LOOK,
        "the chart now sets a field that the rule set before, and the rule leaves it",
        "set it without `$default` if the chart's value is wrong, else take it out of the rule",
    ),
    Kind(
        "effect-differs",
        LOOK,
        "the rule makes another value of a field than before",
        "check that the new value is meant",
    ),
    Kind(
        "effect-gone",
        LOOK,
        "the rule no longer changes a field that it changed before",
        "check whether the chart has moved or renamed it",
    ),
    Kind(
        "effect-new",
        LOOK,
        "the rule changes a field that it did not change before",
        "check that the change is meant",
    ),
    Kind(
        "field-moved",
        LOOK,
        "the chart has moved a value that the rule changed to another place",
        "change the value at its new place",
    ),
    Kind(
        "image-replaced",
        LOOK,
        "a container that the rule changes runs another image, not only another tag",
        "check that commands, paths and users of the rule fit the new image",
    ),
    Kind(
        "items-lost",
        LOOK,
        "the chart has new items in a list that the rule replaces: they are lost",
        "repeat them in the rule, or add to the list with `$add` instead of replacing it",
    ),
    Kind(
        "kind-changed",
        LOOK,
        "an object that the rule matched is of another kind now",
        "change `kind` in `match`",
    ),
    Kind(
        "locked-anew",
        LOOK,
        "the lock file has another digest for the same image",
        "check who has moved the tag; `pin: true` prevents it",
    ),
    Kind(
        "looks-alike",
        LOOK,
        "a new object or container that the rule does not match looks like one that it matches",
        "widen `match` if the rule is meant for it, too",
    ),
    Kind(
        "match-lost",
        LOOK,
        "an object that the rule matched is still there, and the rule no longer matches it",
        "correct `match`",
    ),
    Kind(
        "match-won",
        LOOK,
        "an object that was there before is matched by the rule only now",
        "narrow `match` if the rule is not meant for it",
    ),
    Kind(
        "mount-overlaps",
        LOOK,
        "the chart mounts something new above or below a path at which the rule mounts a volume",
        "mount the rule's volume elsewhere",
    ),
    Kind(
        "mount-unread",
        LOOK,
        "a container named the path at which the rule mounts a volume, and no longer does",
        "check which path the container uses now, and mount the volume there",
    ),
    Kind(
        "name-taken",
        LOOK,
        "the chart now has a container, volume, mount, port or variable that the rule adds",
        "choose another name in the rule, or leave the chart's alone",
    ),
    Kind(
        "no-effects",
        NOTE,
        "rules match objects in both renders and change nothing: the rules may have been applied "
        "already",
        "compare renders without post-renderer",
    ),
    Kind(
        "no-longer-needed",
        LOOK,
        "the chart now has what the rule wants: that part of the rule changes nothing",
        "remove it from the rule",
    ),
    Kind(
        "no-longer-set",
        LOOK,
        "the chart no longer sets a field or flag that the rule changes: the rule adds it",
        "check that the program still knows it; if not, remove it from the rule",
    ),
    Kind(
        "now-set",
        LOOK,
        "the chart now sets a field that only the rule has set, to another value",
        "check which of the two values is right",
    ),
    Kind(
        "object-gone",
        LOOK,
        "an object that the rule matched is gone",
        "check what has taken its place",
    ),
    Kind(
        "object-new",
        LOOK,
        "the rule matches an object that the chart did not have",
        "check that the rule is meant for it",
    ),
    Kind(
        "object-renamed",
        LOOK,
        "an object that the rule matched has another name or namespace, and the rule no longer "
        "matches it",
        "correct `match` where it names it",
    ),
    Kind(
        "old-run-fails",
        NOTE,
        "the rules already failed for the old render",
        "compare with the rules of that time: `--rules-before`",
    ),
    Kind(
        "original-outdated",
        LOOK,
        "`original` of an entrypoint stands for an image that the chart has replaced",
        "write down what the new image starts, or lock it",
    ),
    Kind(
        "port-taken",
        LOOK,
        "a container of the chart listens on a port that the rule's container uses, too",
        "choose another port",
    ),
    Kind(
        "reference-lost",
        LOOK,
        "the rule refers to what the chart no longer has: a ConfigMap, a Secret, a key, a Service, "
        "a port",
        "refer to what the chart has now",
    ),
    Kind(
        "reformatted",
        NOTE,
        "a field has to be reformatted to be changed, which was not so before",
        "look at its diff",
    ),
    Kind(
        "removed-changed",
        LOOK,
        "the chart has changed something that the rule removes",
        "check that it is still to be removed",
    ),
    Kind(
        "rule-gone",
        LOOK,
        "a rule that the old rules had is not among the new ones",
        "check that nothing needs it",
    ),
    Kind("rule-new", LOOK, "a rule that the old rules did not have", "look at what it changes"),
    Kind(
        "run-fails",
        LOOK,
        "the rules fail for the new render",
        "correct the rules; the message says how",
    ),
    Kind(
        "selector-lost",
        LOOK,
        "an object that the rules add or change found pods of the chart, and finds none now",
        "use the labels and names that the chart has now",
    ),
    Kind(
        "starts-otherwise",
        LOOK,
        "by the lock file, an image starts something else than before",
        "check that the script of the rule still fits",
    ),
    Kind(
        "value-overridden",
        LOOK,
        "the chart has changed a value that the rule replaces",
        "check which of the two values is right",
    ),
    Kind("warning-gone", NOTE, "a warning that there was before", "nothing"),
    Kind(
        "warning-new", LOOK, "a warning that there was not before", "do what it says, or accept it"
    ),
)
KINDS = {kind.id: kind for kind in _ALL}
