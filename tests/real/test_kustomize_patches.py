"""
Real kustomize patches as rules by hand: shorter, with names in place of indices, and with the same
result as kustomize gave. They are read beside the corpus.
"""

from __future__ import annotations

from typing import Any

import corpus
import pytest
import yaml
from runs import output, run_text

CASES = corpus.FOLDER.parent / "cases" / "kustomize"
# Each case and the verbs of its rule.
RULES = {
    "u006": """
match: {kind: Deployment}
containers:
  grafana:
    mounts:
      $patch: replace
      /var/run/secrets/ossrdbms-aad: {volume: storage, readOnly: true}
      /var/lib/grafana: storage
      /tmp: storage
    securityContext: {$patch: replace, readOnlyRootFilesystem: true}
pod: {shareProcessNamespace: true}
""",
    "u009": """
match: {kind: ClusterRole}
merge:
  rules:
    $add:
      - apiGroups: [kopiur.home-operations.com]
        resources: [restores, snapshots]
        verbs: [get, list]
""",
    "u030": """
match: {kind: Deployment}
containers:
  b:
    args: {$flags: {--leader-elect: null}}
    readinessProbe: {timeoutSeconds: 5, failureThreshold: 6}
""",
    "u054": """
match: {kind: ServiceMonitor}
merge:
  spec:
    endpoints:
      $change:
        - match: {port: http}
          set:
            scheme: https
            tlsConfig: {caFile: /etc/prom-certs/root-cert.pem, insecureSkipVerify: true}
""",
    "u057": """
match: {kind: ServiceMonitor, labels: {app.kubernetes.io/component: operator}}
merge:
  spec:
    endpoints:
      $change:
        - match: {port: https}
          set: {scheme: https, tlsConfig: {$patch: replace, caFile: /etc/prom-certs/root-cert.pem}}
""",
    "u081": """
match: {kind: DaemonSet}
volumes:
  gone: {$patch: delete}
  etc: {hostPath: {path: /var/etc, type: DirectoryOrCreate}}
""",
    "u111": """
match: {kind: AutoscalingRunnerSet}
containers:
  dind: {args: {$add: ["--registry-mirror=http://m:5000"]}}
""",
}
needed = pytest.mark.skipif(not CASES.is_dir(), reason="the cases of kustomize are not there")


def objects(text: str) -> list[Any]:
    """The objects of a stream, in an order that does not depend on it."""
    found = [one for one in yaml.safe_load_all(text) if one]
    return sorted(found, key=lambda one: (one["kind"], one["metadata"]["name"]))


@needed
@pytest.mark.parametrize("case", RULES)
def test_a_patch_by_hand(case: str) -> None:
    """The result as data is kustomize's, a second run changes nothing, and the rule is shorter."""
    folder = CASES / case
    before = (folder / "in.yaml").read_text()
    lines = ["accept: [finds-nothing, unknown-field]", *RULES[case].strip().splitlines()]
    rules = "rules:\n  r:\n" + "".join(f"    {line}\n" for line in lines)

    after = output(run_text(rules, before))

    assert objects(after) == objects((folder / "kustomize.out").read_text())
    assert output(run_text(rules, after)) == after
    patch = (folder / "kustomize" / "kustomization.yaml").read_text()
    assert len(RULES[case].strip().splitlines()) < len(patch.strip().splitlines())
