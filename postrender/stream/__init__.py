"""The stream: bytes to documents and back, and the documents that a rule may mean."""

from __future__ import annotations
