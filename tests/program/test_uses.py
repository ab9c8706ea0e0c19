"""
What people do with post-renderers and could only say awkwardly before: by index, or by repeating
what stays. Each use is a rule by hand that changes nothing in its own output.
"""

from __future__ import annotations

import pytest
from runs import output, run_text

from postrender.yamltext.reader import read

MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: web
spec:
  endpoints:
    - port: metrics  # the first
      interval: 30s
    - port: admin
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: web
rules:
  - apiGroups: [""]
    resources: [secrets, configmaps]
    verbs: ["*"]
"""
ALERTS = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: web
spec:
  groups:
    - name: web
      rules:
        - alert: Down
          expr: up == 0
        - alert: Slow
          expr: latency > 1
"""
PLUGIN = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: example/web:1.0
          args: [operator, --server-cert=/a, --leader-elect]
          volumeMounts:
            - {name: data, mountPath: /data}
      volumes:
        - {name: data, emptyDir: {}}
"""
RUNNERS = """\
apiVersion: actions.github.com/v1alpha1
kind: AutoscalingRunnerSet
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: dind
          image: docker:dind
          args: [dockerd, --group=1]
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: a
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
          - {path: /b, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: webs.example.com
spec:
  group: example.com
  names: {kind: Web, plural: webs}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema: {type: object, properties: {a: {type: string}}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
    - {port: 80, targetPort: 8080, nodePort: 30080, name: http}
"""
SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  URL: http://example.com
  API: http://example.com/api
"""
USES = [
    pytest.param(
        MONITOR,
        """
        merge: {spec: {endpoints: {$change: [{match: {port: metrics}, set: {scheme: https}}]}}}
        """,
        {"spec": {"endpoints": [
            {"port": "metrics", "interval": "30s", "scheme": "https"}, {"port": "admin"},
        ]}},
        id="scheme of one endpoint of a ServiceMonitor",
    ),
    pytest.param(
        MONITOR,
        """
        merge: {spec: {endpoints: {$remove: [{port: admin}]}}}
        """,
        {"spec": {"endpoints": [{"port": "metrics", "interval": "30s"}]}},
        id="an endpoint out",
    ),
    pytest.param(
        MONITOR,
        """
        merge: {spec: {endpoints: {$change: [{match: {port: metrics}, set: {interval: null}}]}}}
        """,
        {"spec": {"endpoints": [{"port": "metrics"}, {"port": "admin"}]}},
        id="a field of an endpoint out",
    ),
    pytest.param(
        ROLE,
        """
        merge: {rules: {$add: [{apiGroups: [""], resources: [pods], verbs: [get]}]}}
        """,
        {"rules": [
            {"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["*"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        ]},
        id="one more rule of a ClusterRole",
    ),
    pytest.param(
        ROLE,
        """
        merge:
          rules: {$change: [{match: {verbs: ["[*]"]}, set: {verbs: [get, list, watch]}}]}
        """,
        {"rules": [{
            "apiGroups": [""], "resources": ["secrets", "configmaps"],
            "verbs": ["get", "list", "watch"],
        }]},
        id="the verbs of a ClusterRole's rule",
    ),
    pytest.param(
        ALERTS,
        """
        merge:
          spec:
            groups:
              $change:
                - match: {name: web}
                  set: {rules: {$change: [{match: {alert: Slow}, set: {expr: latency > 5}}]}}
        """,
        {"spec": {"groups": [{"name": "web", "rules": [
            {"alert": "Down", "expr": "up == 0"}, {"alert": "Slow", "expr": "latency > 5"},
        ]}]}},
        id="the expression of one alert",
    ),
    pytest.param(
        PLUGIN,
        """
        containers: {web: {args: {$remove: ["--server-cert=*"]}}}
        """,
        ["operator", "--leader-elect"],
        id="one argument out",
    ),
    pytest.param(
        PLUGIN,
        """
        containers: {web: {args: {$add: [--log-level=debug]}}}
        """,
        ["operator", "--server-cert=/a", "--leader-elect", "--log-level=debug"],
        id="one more argument",
    ),
    pytest.param(
        RUNNERS,
        """
        containers: {dind: {args: {$add: ["--registry-mirror=https://mirror.example.com"]}}}
        """,
        ["dockerd", "--group=1", "--registry-mirror=https://mirror.example.com"],
        id="an argument of a custom kind's container",
    ),
    pytest.param(
        INGRESS,
        """
        merge:
          spec:
            rules:
              $change:
                - match: {host: a}
                  set:
                    http:
                      paths:
                        $change: [{match: {}, set: {backend: {service: {port: {number: 8080}}}}}]
        """,
        [8080, 8080],
        id="the backend of every path of an Ingress",
    ),
    pytest.param(
        CRD,
        """
        merge:
          spec:
            versions:
              - name: v1
                schema: {openAPIV3Schema: {properties: {b: {type: integer}}}}
        """,
        {"a": {"type": "string"}, "b": {"type": "integer"}},
        id="one more property of a CRD's schema",
    ),
    pytest.param(
        PLUGIN,
        """
        volumes: {$patch: replace, data: {persistentVolumeClaim: {claimName: data}}}
        """,
        [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        id="all volumes replaced",
    ),
    pytest.param(
        PLUGIN,
        """
        containers: {web: {mounts: {$patch: replace, /a: data}}}
        """,
        [{"name": "data", "mountPath": "/a"}],
        id="all mounts replaced",
    ),
    pytest.param(
        PLUGIN,
        """
        merge: {spec: {strategy: {$patch: replace, type: Recreate}}}
        pod: {nodeSelector: {$patch: replace, pool: a}}
        """,
        {"strategy": {"type": "Recreate"}, "nodeSelector": {"pool": "a"}},
        id="mappings replaced as a whole",
    ),
    pytest.param(
        SERVICE,
        """
        merge: {spec: {ports: [{$patch: replace}, {port: 80, name: web}]}}
        """,
        {"spec": {"ports": [{"port": 80, "name": "web"}]}},
        id="a port with all its fields replaced",
    ),
    pytest.param(
        SETTINGS,
        """
        merge:
          data:
            URL: &https {$substitute: {"http://": "https://"}}
            API: *https
        """,
        {"data": {"URL": "https://example.com", "API": "https://example.com/api"}},
        id="another scheme in the values of a ConfigMap",
    ),
]  # fmt: skip


def said(stream: str) -> list[object]:
    """What the tests look at: the fields themselves, arguments, ports of backends, properties."""
    root = read(stream)
    assert root is not None
    data = root.data
    spec = data.get("spec", {})
    pod = spec.get("template", {}).get("spec", {})
    paths = [path for rule in spec.get("rules", ()) for path in rule["http"]["paths"]]
    versions = spec.get("versions", ())
    return [
        {key: data[key] for key in ("spec", "rules", "data") if key in data},
        *(container["args"] for container in pod.get("containers", ())),
        *(container.get("volumeMounts") for container in pod.get("containers", ())),
        pod.get("volumes"),
        {"strategy": spec.get("strategy"), "nodeSelector": pod.get("nodeSelector")},
        [path["backend"]["service"]["port"]["number"] for path in paths],
        *(version["schema"]["openAPIV3Schema"]["properties"] for version in versions),
    ]


@pytest.mark.parametrize(("stream", "verbs", "expected"), USES)
def test_a_use(stream: str, verbs: str, expected: object) -> None:
    """The rule does what is wanted, keeps comments, and changes nothing in its own output."""
    rules = f"""
rules:
    use:
        match: {{kind: "*"}}
        accept: [finds-nothing]
{verbs}"""

    once = output(run_text(rules, stream))

    assert expected in said(once)
    assert ("# the first" in once) == ("# the first" in stream)
    assert output(run_text(rules, once)) == once
