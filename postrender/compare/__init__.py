"""Two versions of a chart under one set of rules: what has changed that the rules meet."""

from __future__ import annotations
