"""docs/messages.md has all messages, and they have one form."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
import textwrap

import pytest
from paths import ROOT

SCRIPT = runpy.run_path(str(ROOT / "scripts" / "messages"))
MESSAGES = SCRIPT["messages"]()
FAILURES = [
    message.text
    for message in MESSAGES
    for title in SCRIPT["FAILURES"]
    # Those of the lock file's reader get an advice in common, where they have none of their own.
    if message.speaker in SCRIPT["SECTIONS"][title][1] and message.speaker != "self.fail"
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
        "kmod-post: no rules found; give -f FILE, set KMOD_POST_RULES or create ./kmod.yaml, "
        'as "kmod-post init" does' in found
    )
    assert 'there are no rules; begin with "rules:"' in found
    assert any(
        text.startswith("container \u2039name\u203a: native sidecars need") for text in found
    )
    assert any("fix match:, or write expect: any" in text for text in found)
    assert all(SCRIPT["SECTIONS"][title] for title in SCRIPT["SECTIONS"])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param(
            'check.add(path, "it is empty", "name one", value=True)',
            [("check.add", "it is empty; name one")],
            id="a mistake in the rules, behind its path",
        ),
        pytest.param(
            'check.add(path, "must be text")', [("check.add", "must be text")], id="no advice"
        ),
        pytest.param(
            'context.fail(f"volume {name}: no source", f"add {one}")',
            [("context.fail", "volume \u2039name\u203a: no source; add \u2039one\u203a")],
            id="of a verb",
        ),
        pytest.param(
            'raise LockError("no answer", "try again later", where=where, subject=image)',
            [("LockError", "\u2039image\u203a: no answer; try again later")],
            id="raised, with a subject",
        ),
        pytest.param(
            'raise VerbError([rule.message(name, "no mount", "add it")])',
            [("VerbError", "no mount; add it")],
            id="of a rule, raised",
        ),
        pytest.param(
            'wrong = [message("it differs", "keep one") for one in all]; raise KmodError(wrong)',
            [("KmodError", "it differs; keep one")],
            id="several, kept and raised",
        ),
        pytest.param(
            'return rule.message("", "no match", "widen match:")',
            [("engine/expectation", "no match; widen match:")],
            id="returned",
        ),
        pytest.param(
            'advice = "a or " if b else ""; context.warn("gone", advice)',
            [("context.warn", "gone; a or "), ("context.warn", "gone")],
            id="what to do may be nothing",
        ),
        pytest.param(
            'raise MergeError("needs a list", path)',
            [("MergeError", "needs a list")],
            id="a part of a message has no advice",
        ),
        pytest.param(
            "if a:\n  text = 'first'\n  note(text)\nelse:\n  text = 'other'\n  note(text)",
            [("note", "first"), ("note", "other")],
            id="a name means what its own branch gives it",
        ),
    ],
)
def test_what_a_call_says(source: str, said: list[tuple[str, str]]) -> None:
    """What is wrong and what to do are two arguments, and one message."""
    function = ast.parse(f"def f():\n{textwrap.indent(source, '  ')}").body[0]
    found = [
        (message.speaker, message.text)
        for node in SCRIPT["nodes_of"](function)
        for message in SCRIPT["said"](node, function, "engine/expectation")
        if SCRIPT["is_sentence"](message)
    ]

    assert sorted(found) == sorted(said)


def test_advice_is_an_argument_of_its_own() -> None:
    """A message without one does not hide it in its text, where `check --format json` misses it."""
    calls = {
        (module, ast.unparse(node)): SCRIPT["texts"](arguments[0], function)
        for path in sorted(SCRIPT["PACKAGE"].rglob("*.py"))
        for module in [path.relative_to(SCRIPT["PACKAGE"]).with_suffix("").as_posix()]
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for node in SCRIPT["nodes_of"](function)
        if isinstance(node, ast.Call)
        for who in [SCRIPT["speaker"](ast.unparse(node.func), function, module)]
        if who in SCRIPT["SPEAKERS"] and who not in {*SCRIPT["PARTS"], *SCRIPT["SEVERAL"]}
        for arguments in [SCRIPT["arguments_of"](who, node)]
        if len(arguments) == 1
    }

    assert len(calls) > 10
    assert {call: texts for call, texts in calls.items() if any("; " in one for one in texts)} == {}
