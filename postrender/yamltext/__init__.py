"""YAML as text: reading it as Go does, and editing it without loss. The only importer of `yaml`."""

from __future__ import annotations
