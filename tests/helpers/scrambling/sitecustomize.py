"""Python imports this at its start where the folder is on PYTHONPATH."""

from __future__ import annotations

import scrambled_errors

scrambled_errors.start()
