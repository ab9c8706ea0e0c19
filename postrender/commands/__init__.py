"""The command line: the render path, and the chart helper with one file for each command."""

from __future__ import annotations
