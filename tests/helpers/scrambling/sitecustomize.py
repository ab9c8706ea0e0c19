"""Python imports this at startup if the folder is on PYTHONPATH."""

from __future__ import annotations

import scrambled_errors

scrambled_errors.start()
