"""What a stream holds and what a run did, as plain data without secrets. Nothing here prints."""

from __future__ import annotations
