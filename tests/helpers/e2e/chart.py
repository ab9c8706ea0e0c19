"""The example chart, its rules files, and the pages that they promise."""

from __future__ import annotations

from paths import ROOT

CHART = ROOT / "charts" / "example-nginx"
PAGES = {
    "init-container": "Page prepared by an init container\n",
    "post-start": "Page prepared by a PostStart hook\n",
    "sidecar": "Page prepared by a sidecar container\n",
    "entrypoint": "Page prepared by a script executed before entrypoint container\n",
}
RULES = {way: CHART / "kmod" / f"{way}.yaml" for way in PAGES}
