"""The command line of the chart helper: Typer, and one file for each command."""

from __future__ import annotations
