"""Facts about Kubernetes' objects, on plain data; every table names its source."""

from __future__ import annotations
