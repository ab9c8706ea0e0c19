"""The programs that tests run besides kmod-post: where to find each, and how to get it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest
from paths import ROOT

BIN = ROOT / ".tools" / "bin"


class Tool(NamedTuple):
    """
    A program. `variable` is the environment variable that may name it, `names` are its names in
    .tools/bin and on PATH, `get` says how to get it. In CI a test fails without it if it is
    `required`. `version` is a pattern for what Helm prints as its version.
    """

    get: str
    names: tuple[str, ...] = ()
    variable: str = ""
    required: bool = False
    version: str = ""


TOOLS = {
    "helm3": Tool("scripts/tools helm", ("helm3", "helm"), "HELM3", True, r"v3\."),
    "helm3.10": Tool("scripts/tools helm", (), "HELM3_10", False, r"v3\.10\."),
    "helm4": Tool("scripts/tools helm", ("helm4", "helm"), "HELM4", True, r"v4\."),
    "kubectl": Tool("scripts/tools hosts", variable="KUBECTL", required=True),
    "kustomize": Tool("scripts/tools hosts", variable="KUSTOMIZE"),
    "helmfile": Tool("scripts/tools hosts", variable="HELMFILE"),
    "cmpserver": Tool("scripts/tools argocd", variable="CMPSERVER"),
    "kpt": Tool("its releases, and name it in KPT", variable="KPT"),
    "go": Tool("https://go.dev/doc/install", required=True),
    "bash": Tool("scripts/tools shells", required=True),
    "busybox": Tool("scripts/tools shells", required=True),
    "busybox-static": Tool("scripts/tools e2e", ("busybox",), required=True),
    "fish": Tool("scripts/tools shells", required=True),
    "zsh": Tool("scripts/tools shells", required=True),
    "sh": Tool("your system's package manager", required=True),
    "patch": Tool("your system's package manager"),
    "docker-registry": Tool("scripts/tools registry", required=True),
    "openssl": Tool("scripts/tools registry", required=True),
    "chromium": Tool("scripts/tools browser", ("chromium", "chromium-browser")),
    "yaml-language-server": Tool("scripts/tools editor", required=True),
    "nginx": Tool("scripts/tools e2e", required=True),
    "podman": Tool("scripts/tools e2e", required=True),
    "runc": Tool("scripts/tools e2e", required=True),
    "skopeo": Tool("scripts/tools e2e", required=True),
    "unshare": Tool("your system's package manager, in util-linux", required=True),
    "containerd": Tool("scripts/tools kubelet"),
    "aarch64-linux-gnu-gcc": Tool("scripts/tools aarch64"),
    "qemu-aarch64-static": Tool("scripts/tools aarch64"),
    "kubelet": Tool("scripts/tools kubelet", variable="KUBELET"),
    "etcd": Tool("scripts/tools kube-apiserver"),
    "kube-apiserver": Tool("scripts/tools kube-apiserver", variable="KUBE_APISERVER"),
    "iptables": Tool("scripts/tools cluster"),
    "kubernetes": Tool("scripts/tools cluster"),
}


@cache
def path_of(name: str) -> str | None:
    """
    Where a tool is: what its variable names, else .tools/bin, else PATH, on which root may lack the
    sbin folders. None if it is missing or of another version.
    """
    tool = TOOLS[name]
    named = os.environ.get(tool.variable)
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    for candidate in [named] if named else tool.names or (name,):
        found = shutil.which(candidate, path=path)
        if found and re.match(tool.version, _version(found) if tool.version else ""):
            return str(Path(found).absolute())
    return None


def _version(helm: str) -> str:
    words = [helm, "version", "--template", "{{.Version}}"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def find(name: str) -> str:
    """The path of a tool. Without it the test is skipped; in CI it fails if the tool is required."""
    found = path_of(name)
    if found is None:
        unavailable(reason(name), required=TOOLS[name].required)
    return found


def reason(name: str) -> str:
    """Why a test is skipped without a tool, and how to get it: one text for each tool."""
    tool = TOOLS[name]
    named = os.environ.get(tool.variable)
    where = f" ({tool.variable} is {named})" if named else ""
    return f"{name} is missing{where}; get it with {tool.get}"


def unavailable(reason: str, *, required: bool) -> NoReturn:
    """Skips the test; in CI fails it if what is missing is required."""
    if required and os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def needs(name: str) -> pytest.MarkDecorator:
    """A mark that skips tests without a tool."""
    return pytest.mark.skipif(path_of(name) is None, reason=reason(name))


def find_helm_diff() -> Path:
    """The folder of an installed helm-diff, which HELM_DIFF names; without it the test is skipped."""
    folder = os.environ.get("HELM_DIFF")
    if not folder:
        unavailable(
            "helm-diff is missing; name the folder of an installed one in HELM_DIFF", required=False
        )
    return Path(folder).resolve()
