"""Asking registries what images start. Only `kmod-post lock` imports this; rendering never does."""

from __future__ import annotations
