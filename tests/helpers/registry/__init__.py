"""Registries for tests: Debian's docker-registry, one in Python that misbehaves, and images."""

from __future__ import annotations
