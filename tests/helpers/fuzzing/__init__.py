"""
Random cases, and Go's word on every result: hours by scripts/fuzz, a moment in the tests.

Three kinds of case: changes of one object's data for the text editor (edits.py), rules over a
stream for the whole program (rules.py), and spoiled texts for the reader (texts.py). A failure is made small (shrinking.py) and written into
tests/properties/regressions/ (regressions.py), where the tests find it.
"""

from __future__ import annotations
