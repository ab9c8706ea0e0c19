"""YAML as text: reads it as Go does, edits it without loss. Only this package imports `yaml`."""

from __future__ import annotations
