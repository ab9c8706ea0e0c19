"""
A pytest plugin that replaces the texts of the dependencies' errors with nonsense, here and in every
Python that a test starts, to show that no message and no test depends on them:

    PYTHONPATH=tests/helpers .venv/bin/python -m pytest -p scrambled
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name("scrambling")
# Names the folder to the fixture `environment`, which takes PYTHONPATH out.
VARIABLE = "KMOD_SCRAMBLED"

sys.path.append(str(FOLDER))
import scrambled_errors  # noqa: E402

scrambled_errors.start()
os.environ[VARIABLE] = str(FOLDER)
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, (str(FOLDER), os.environ.get("PYTHONPATH")))
)
