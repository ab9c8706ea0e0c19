"""Reads from registries what images start. Only `kmod-post lock` imports it; rendering does not."""

from __future__ import annotations
