"""docs/messages.md has all messages, and they have one form."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "messages"))
MESSAGES = SCRIPT["messages"]()
FAILURES = [
    message.text
    for message in MESSAGES
    for title in SCRIPT["FAILURES"]
    # Those of the lock file's reader get an advice in common.
    if message.speaker in SCRIPT["SECTIONS"][title][1]
    and (message.speaker, message.module)
    not in {("check.fail", "engine/lockfile"), ("self.fail", "engine/lockfile")}
]


def test_the_page_is_current() -> None:
    """`scripts/messages` has been run since the last message was changed."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "messages", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_failure_says_what_to_do() -> None:
    """After a semicolon, or by saying what must be; unless another message is passed on."""
    passed_on = r"\u2039(error|message|warning|hint|there|_hint|nearest|lead)\u203a"
    says = r"; |\bmust be\b|\bneeds either\b|\bis made of\b|\bhas apiVersion\b|^interrupted"

    assert [text for text in FAILURES if not re.search(f"{says}|{passed_on}", text)] == []


def test_a_message_is_one_line_in_plain_words() -> None:
    """No full stop at its end, no line break, no word of Python's."""
    words = r"\b(dict|str|int|None|True|False|tuple|NoneType|exception)\b|\n|\.\"?$"
    texts = [re.sub("\u2039.*?\u203a", "x", message.text) for message in MESSAGES]

    assert [text for text in texts if re.search(words, text)] == []


def test_the_walk_finds_each_kind() -> None:
    """Sentences that are raised, called with, kept in a name, in a table, returned."""
    found = {message.text for message in MESSAGES}

    assert (
        "kmod-post: no rules found; give -f FILE, set KMOD_POST_RULES or make ./kmod.yaml" in found
    )
    assert 'there are no rules; begin with "rules:"' in found
    assert any(
        text.startswith("container \u2039name\u203a: native sidecars need") for text in found
    )
    assert any("fix match:, or write expect: any" in text for text in found)
    assert all(SCRIPT["SECTIONS"][title] for title in SCRIPT["SECTIONS"])
