"""The report as a page for a browser: one file that needs no other, for a review."""

from __future__ import annotations
