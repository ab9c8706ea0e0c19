"""Charts for the cluster's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = """
    metadata: {labels: {app: %(name)s}}
    spec:
      restartPolicy: %(restart)s
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: busybox:1.28
          command: ["sh", "-c"]
          args: ["%(script)s"]
"""
_GOES_ON = "echo application; trap exit TERM; while :; do sleep 9999 & wait; done"
_ENDS = "echo application"


def make_chart(folder: Path, **templates: str) -> Path:
    """A chart of these templates."""
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 0.1.0\n")
    for name, text in templates.items():
        (chart / "templates" / f"{name}.yaml").write_text(text)
    return chart


def workload(kind: str, *, script: str = "", annotations: str = "") -> str:
    """An object of the kind, called as the kind, whose pods run a shell script in busybox."""
    name = kind.lower()
    ends = kind in {"Job", "CronJob"}
    template = _TEMPLATE % {
        "name": name,
        "restart": "Never" if ends else "Always",
        "script": script or (_ENDS if ends else _GOES_ON),
    }
    head = f"apiVersion: {'batch' if ends else 'apps'}/v1\nkind: {kind}\n"
    head += f"metadata:\n  name: {name}\n{annotations}spec:\n"
    if kind == "CronJob":
        indented = template.replace("\n    ", "\n        ")
        return (
            f'{head}  schedule: "0 0 1 1 *"\n  jobTemplate:\n    spec:\n      template:{indented}'
        )
    if kind == "Job":
        return f"{head}  backoffLimit: 0\n  template:{template}"
    service = f"  serviceName: {name}\n" if kind == "StatefulSet" else ""
    return f"{head}{service}  selector: {{matchLabels: {{app: {name}}}}}\n  template:{template}"
