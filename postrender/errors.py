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

from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable

# How messages name standard input.
STDIN = "<stdin>"

# Characters that do not show as themselves. This is the one list of them: charts, rules, registries
# and file names are full of text by strangers, and a terminal or a page obeys some characters.
UNPRINTABLE = (
    # Control characters (C0 but tab and line break, DEL, C1) move the cursor, set colours and
    # titles, and clear lines that were printed before.
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    # Marks of direction show a text in another order than a program reads it in.
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    # Line and paragraph separators: some programs break the line there, others do not.
    "\u2028\u2029"
    # Characters without width make two different names look the same: soft hyphen, Mongolian vowel
    # separator, zero width spaces and joiners, fillers, invisible operators, old format characters,
    # byte order mark, marks of annotations, controls of music and shorthand, and variation
    # selectors, but for the two of emoji.
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0100-\U000e01ef"
    # Halves of characters cannot be written in UTF-8.
    "\ud800-\udfff"
    # Tag characters hide a whole text in what looks like nothing.
    "\U000e0000-\U000e007f"
)


class Where(Value):
    """A place: a file (an option, `<stdin>`), with line and column from 1, or 0 where it is all."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def in_file(self, file: str) -> Where:
        """The same where the stream was read from a file; `-` is standard input."""
        return self.replaced(file=file) if self.file == STDIN and file != "-" else self


class Message(Value):
    """
    A message to users, kept as a value until it is printed: the place, the rule and the subject (an
    object, a field), what is wrong, what to do. Findings have an `id`, see `findings.FINDINGS`;
    `is_strict` is a warning that --strict makes an error. Parts that are unknown or do not apply
    are empty.
    """

    where: Where | None
    rule: str
    subject: str
    text: str
    advice: str
    id: str
    is_strict: bool

    @property
    def what(self) -> str:
        """What is wrong, with the rule and the subject, but without place and advice."""
        rule = f'rule "{self.rule}"' if self.rule else ""
        return ": ".join(part for part in (rule, self.subject, self.text) if part)

    @property
    def tail(self) -> str:
        """What ends the message of a finding: ` (warning: native-sidecar)`; of others nothing."""
        if not self.id:
            return ""
        from postrender.findings import FINDINGS

        strict = ", an error with --strict" if self.is_strict else ""
        return f" ({FINDINGS[self.id].severity}: {self.id}{strict})"

    def __str__(self) -> str:
        lead = f"{self.where}: " if self.where else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{lead}{self.what}{advice}{self.tail}"

    def in_file(self, file: str) -> Message:
        """The same where the stream was read from a file; `-` is standard input."""
        return self.replaced(where=self.where.in_file(file)) if self.where else self


def parts_of(sentence: str) -> tuple[str, str]:
    """A sentence `what is wrong; what to do` as its two parts; the second may be missing."""
    text, semicolon, advice = sentence.rpartition("; ")
    return (text, advice) if semicolon else (sentence, "")


def message(
    text: str,
    advice: str = "",
    *,
    where: Where | None = None,
    rule: str = "",
    subject: str = "",
    id: str = "",  # noqa: A002 - a finding's, as in Message
) -> Message:
    """A Message of what is given."""
    return Message(where, rule, subject, text, advice, id, is_strict=False)


def grouped(messages: Iterable[Message]) -> list[Message]:
    """
    The messages; equal ones of a rule about several objects become one, at the place of the first,
    that counts the objects and names three.
    """
    groups: dict[Message, list[str]] = {}
    for one in messages:
        groups.setdefault(one.replaced(subject=""), []).append(one.subject)
    return [one.replaced(subject=_objects(names)) for one, names in groups.items()]


def _objects(names: list[str]) -> str:
    """One name, or `5 objects (Pod/a, Pod/b, Pod/c and 2 more)`."""
    return names[0] if len(names) == 1 else f"{len(names)} objects ({listed(names)})"


def listed(names: Collection[str], most: int = 3) -> str:
    """The names; of many the first ones, and how many more there are."""
    shown = ", ".join([*names][:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


class KmodError(Exception):
    """
    A run that cannot succeed. It is raised with what makes a `message`, or with several messages:
    `messages` holds one for each mistake. `exit_code` is the process's.
    """

    exit_code = 1

    def __init__(
        self,
        text: str | Iterable[Message],
        advice: str = "",
        *,
        where: Where | None = None,
        subject: str = "",
    ) -> None:
        self.messages = (
            (message(text, advice, where=where, subject=subject),)
            if isinstance(text, str)
            else tuple(text)
        )
        super().__init__("\n".join(map(str, self.messages)))


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


def printable(text: object) -> str:
    r"""A text as it can be shown: characters of UNPRINTABLE as `\u001b`."""
    text = str(text)
    if text.isascii() and text.isprintable():  # which most texts are
        return text
    import re

    return re.sub(f"[{UNPRINTABLE}]", _escaped, text)


def in_line(text: object) -> str:
    r"""A text that must stay in its line, such as a name or a path: `printable`, breaks as `\n`."""
    return printable(text).replace("\n", "\\n")


def one_line(message: str) -> str:
    """
    A message as it can be printed: `in_line`, without the passwords of addresses
    (`https://user:password@host`).
    """
    if "://" in message and "@" in message:
        import re

        message = re.sub(r"\S+", _without_password, message)
    return in_line(message)


def _without_password(word: re.Match[str]) -> str:
    import re

    lead, at, rest = word[0].rpartition("@")
    if rest.startswith(("sha256:", "sha512:")):  # `oci://host:5000/web@sha256:…`: that is a port
        return word[0]
    return re.sub(r"(://[^/:]*:).*", r"\1•••", lead) + at + rest


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
