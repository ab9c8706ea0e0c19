"""
Random cases, with every result checked by Go: for hours by scripts/fuzz, briefly in the tests.

There are three kinds of case: changes of one object's data for the text editor (edits.py), rules
over a stream for the whole program (rules.py), and damaged texts for the reader (texts.py). A
failure is minimised (shrinking.py) and written to tests/properties/regressions/ (regressions.py), which the
tests run.
"""

from __future__ import annotations
