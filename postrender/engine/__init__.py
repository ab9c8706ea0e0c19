"""One run: the rules applied to a stream."""

from __future__ import annotations
