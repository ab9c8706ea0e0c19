"""Facts about Kubernetes objects, as functions on plain data; every table names its source."""

from __future__ import annotations
