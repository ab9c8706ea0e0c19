"""Our verdicts and those of a real kube-apiserver, on random content. scripts/judge runs many more."""

from __future__ import annotations

import os
import subprocess
import sys

from paths import ROOT
from tools import find

CASES = 400


def test_verdicts_agree() -> None:
    """What the server accepts is not refused, and what it cannot decode is."""
    find("kube-apiserver")
    find("etcd")
    command = [sys.executable, "-m", "judging", "random", "--count", str(CASES), "--seed", "tests"]
    helpers = str(ROOT / "tests" / "helpers")
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": helpers},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{CASES} cases" in done.stdout
    assert ": 0 faults" in done.stdout
