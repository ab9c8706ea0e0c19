"""
What a Kubernetes API server refuses in an object, or what its author cannot have meant.

Each module names the functions of Kubernetes that it follows. Only what every release from 1.29
refuses is an error; what one of them takes is a warning, or nothing. The ids are in `findings.py`;
docs/kubernetes.md has the table of what is checked.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Object

    # The id, what is wrong, what to do. Places are named, not numbered: a finding stays the same
    # when entries of lists move.
    Found = tuple[str, str, str]
    # Parts of objects in which nothing was found, by what they are and their identity: rules put
    # one value into many objects. The value is kept so that its identity stays its own.
    Sound = dict[tuple[str, int], Object]
