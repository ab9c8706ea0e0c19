"""The Argo CD plugin: its files, and its commands as Argo CD's plugin server runs them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from hosts.programs import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = ROOT / "postrender" / "plugins" / "argocd"
PLUGIN = yaml.safe_load((FILES / "plugin.yaml").read_text())
GENERATE = "kmod-post-argocd"
# What Argo CD tells a plugin of an Application (reposerver/repository/repository.go, newEnv and
# getPluginEnvs).
APPLICATION = {
    "ARGOCD_APP_NAME": "example",
    "ARGOCD_APP_NAMESPACE": "demo",
    "ARGOCD_APP_PROJECT_NAME": "default",
    "ARGOCD_APP_REVISION": "0123456789012345678901234567890123456789",
    "ARGOCD_APP_REVISION_SHORT": "0123456",
    "ARGOCD_APP_REVISION_SHORT_8": "01234567",
    "ARGOCD_APP_SOURCE_PATH": "apps/web",
    "ARGOCD_APP_SOURCE_REPO_URL": "https://example.com/repo.git",
    "ARGOCD_APP_SOURCE_TARGET_REVISION": "HEAD",
    "KUBE_API_VERSIONS": "v1,apps/v1,example.com/v1",
    "KUBE_VERSION": "1.33.0",
}

each_helm = pytest.mark.parametrize("sidecar", ["helm3.10", "helm3", "helm4"], indirect=True)


def run(
    verb: str, repository: Path, sidecar: Mapping[str, str], **env: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command of the plugin (`init`, `generate`) in the Application's folder."""
    command = PLUGIN["spec"][verb]["command"]
    return subprocess.run(
        command, cwd=repository / APPLICATION["ARGOCD_APP_SOURCE_PATH"],
        env={**sidecar, **APPLICATION, "ARGOCD_APP_PARAMETERS": "null", **env},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
