"""
Coverage-guided fuzzing: arbitrary bytes as a stream and as a rules file.

    scripts/fuzz-atheris [--seconds N]

atheris (https://github.com/google/atheris) mutates the files of tests/golden to reach new lines of
our code. Any input may raise only our own errors; and if a stream changes, applying the rules to the
result changes nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris
from paths import GOLDEN

with atheris.instrument_imports(include=["postrender"]):
    from postrender.engine import run as engine
    from postrender.errors import KmodError, RulesError
    from postrender.rules.layers import merge_values, read_values
    from postrender.rules.load import load
    from postrender.stream.text import Stream
    from postrender.verbs import VERBS

RULES = """\
rules:
  all:
    match: {kind: "*", hooks: include}
    expect: any
    labels: {a: "1e3"}
    annotations: {several: "a\\nb\\n", gone: null}
    merge: {spec: {"y": [{b: c}]}}
  pods:
    match: {hooks: include}
    expect: any
    sidecars: {s: {image: a, args: ["- x"], env: {A: "on"}}}
    podLabels: {a: b}
    images: {"*": {registry: example.com}}
"""


def no_file(_rules: str, _name: str) -> str:
    """Files are not to be read here."""
    raise ValueError("no such file")


def rules_in(text: str) -> engine.Rules:
    """The rules of a rules file."""
    return load(merge_values([read_values(text, "kmod.yaml")]), VERBS, no_file)


def test_one_input(data: bytes) -> None:
    """A stream, or after a first byte of 0 a rules file. Raises what must not happen."""
    if data[:1] == b"\0":
        with suppress(RulesError):
            rules_in(data[1:].decode(errors="ignore"))
        return
    try:
        once = b"".join(engine.run(Stream(data), RULES_READ).pieces)
    except KmodError:
        return
    if b"".join(engine.run(Stream(once), RULES_READ).pieces) != once:
        raise AssertionError("the rules change their own output")


RULES_READ = rules_in(RULES)


def main() -> None:
    """The command; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing.")
    parser.add_argument("--seconds", type=int, default=300)
    given, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        for case in GOLDEN.iterdir():
            for name, mark in (("input.yaml", b""), ("rules.yaml", b"\0")):
                file = case / name
                if file.exists():
                    Path(folder, f"{case.name}-{name}").write_bytes(mark + file.read_bytes())
        options = [f"-max_total_time={given.seconds}", "-timeout=20", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, "-max_len=4096", *rest, folder], test_one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
