"""
Services: ports that are there twice, ports without a name, fields that do not go with the type.

Source: kubernetes pkg/apis/core/validation/validation.go, validateService, validateServicePort,
validateServiceExternalTrafficPolicy, validateLoadBalancerClassField.
"""

from __future__ import annotations

from postrender.data import get, repeated
from postrender.kubernetes.objects import mappings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Object
    from postrender.kubernetes.validation import Found

# Fields that only a Service of type LoadBalancer may have.
_OF_LOAD_BALANCERS = (
    "allocateLoadBalancerNodePorts",
    "loadBalancerClass",
    "loadBalancerSourceRanges",
)


def service_findings(obj: Object) -> Iterator[Found]:
    """What the API server refuses in a Service."""
    spec = get(obj, ("spec",))
    if not isinstance(spec, dict):
        return
    ports = mappings(spec.get("ports"))
    yield from _twice(ports)
    if len(ports) > 1:
        for port in ports:
            if not port.get("name"):
                yield (
                    "missing-field",
                    f"port {_number(port, 'port')} has no name, and the Service has several ports",
                    "add name:",
                )
    yield from _of_type(spec, ports)


def _twice(ports: list[Object]) -> Iterator[Found]:
    advice = "take one out, by its port and $patch: delete"
    for name in repeated(str(port["name"]) for port in ports if port.get("name")):
        yield "duplicate-port", f'the port name "{name}" is there twice', advice
    for number in repeated(_number(port, "port") for port in ports):
        yield "duplicate-port", f"port {number} is there twice", advice
    for number in repeated(_number(port, "nodePort") for port in ports if port.get("nodePort")):
        yield "duplicate-port", f"nodePort {number} is there twice", "give one another nodePort"


def _number(port: Object, field: str) -> str:
    return f"{port.get(field)}/{port.get('protocol') or 'TCP'}"


def _of_type(spec: Object, ports: list[Object]) -> Iterator[Found]:
    """
    Fields that the type does not allow. On an update the API server drops some of them, on an
    installation it refuses them.
    """
    kind = spec.get("type") or "ClusterIP"
    fields = []
    if kind == "ClusterIP":
        fields += [f"nodePort {port['nodePort']}" for port in ports if port.get("nodePort")]
    if kind != "LoadBalancer":
        fields += [field for field in _OF_LOAD_BALANCERS if spec.get(field) not in (None, [])]
    is_outside = kind in ("LoadBalancer", "NodePort") or (
        kind == "ClusterIP" and spec.get("externalIPs")
    )
    if not is_outside and spec.get("externalTrafficPolicy"):
        fields.append("externalTrafficPolicy")
    if kind in ("LoadBalancer", "NodePort") and spec.get("clusterIP") == "None":
        fields.append("clusterIP None")
    for field in fields:
        yield (
            "field-of-other-type",
            f"a Service of type {kind} cannot have {field}",
            "set it to null, or change the type",
        )
