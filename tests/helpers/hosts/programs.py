"""The real host programs of kmod-post, as tests run them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING

from paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

CHART = ROOT / "charts" / "example-nginx"
RULES = CHART / "kmod"
FILENAME = "postrenderer.helm.sh/postrender-filename"
_TIMEOUT = 60


class Host:
    """
    A program in its own environment: a home, Helm's folders, a PATH with kmod-post and, if given,
    with Helm.
    """

    def __init__(self, path: str, home: Path, environment: Mapping[str, str], bin_: Path) -> None:
        self.path = path
        self.home = home
        self.env = {
            **environment,
            "HOME": str(home),
            "PATH": f"{bin_}{os.pathsep}{environment['PATH']}",
            "HELM_CACHE_HOME": str(home / "cache"),
            "HELM_CONFIG_HOME": str(home / "config"),
            "HELM_DATA_HOME": str(home / "data"),
        }

    def __call__(
        self,
        *args: str | Path,
        cwd: Path = ROOT,
        env: Mapping[str, str] | None = None,
        stderr: int | IO[str] = subprocess.PIPE,
    ) -> subprocess.CompletedProcess[str]:
        """Runs the program, whatever its exit code."""
        return subprocess.run(
            [self.path, *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=cwd,
            env={**self.env, **(env or {})},
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )

    def out(self, *args: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
        """What the program prints; it must succeed and print nothing on standard error."""
        done = self(*args, cwd=cwd, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout


def args(*words: str | Path) -> list[str]:
    """The arguments as Helm passes them to a post-renderer."""
    return [f"--post-renderer-args={word}" for word in words]
