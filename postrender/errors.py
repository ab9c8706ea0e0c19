"""
Everything that can go wrong, as one small tree.

```
KmodError                 a run that failed; exit code 1
├── UsageError            wrong options, no rules found; exit code 2
├── RulesError            the rules file; one line for every mistake in it
├── StreamError           the manifests on standard input
├── ExpectationError      a rule matched too few or too many objects
├── VerbError             a verb that cannot be applied to an object
└── LockError             the lock file, or an image that its registry does not give
```

`str(error)` is what a user reads: one line for each mistake, `where: what is wrong; what to do`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class KmodError(Exception):
    """
    A run that cannot succeed. `messages` holds one line for each mistake; `exit_code` is the
    process's.
    """

    exit_code = 1

    def __init__(self, messages: str | Iterable[str]) -> None:
        self.messages = (messages,) if isinstance(messages, str) else tuple(messages)
        super().__init__("\n".join(self.messages))


class UsageError(KmodError):
    """The command was called in a way that cannot work: unknown option, no rules file."""

    exit_code = 2


class RulesError(KmodError):
    """The rules file is wrong; every mistake found in it is a message of its own."""


class StreamError(KmodError):
    """The input stream cannot be read, or a document of it cannot be changed safely."""


class ExpectationError(KmodError):
    """A rule's `expect` was not met, or a `containers` key named no container."""


class VerbError(KmodError):
    """A verb cannot be applied: a volume that is not there, a label that the selector uses, …"""


class LockError(KmodError):
    """The lock file cannot be read or does not say what is asked; a registry gives no image."""


def reason_of(error: OSError) -> str:
    """Why the system refuses something, as messages say it: `no such file or directory`."""
    return (error.strerror or "the system gives no reason").lower()
