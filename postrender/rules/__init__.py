"""The rules file: layers of values, their shape and what they mean."""

from __future__ import annotations
