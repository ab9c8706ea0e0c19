"""
The names of Services, for pods: a DNS server on the room's bridge that asks the API server. Only A
records of `SERVICE.NAMESPACE.svc.cluster.local` (kubernetes.io, "DNS for Services and Pods").

    names.py ADDRESS
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys

_NAME = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local")
_HEADER, _A = 12, b"\0\1\0\1"
_UNKNOWN = 3


def main(address: str) -> None:
    """Answers until it is ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        while True:
            query, client = server.recvfrom(512)
            server.sendto(answer(query), client)


def answer(query: bytes) -> bytes:
    """The answer to a query (RFC 1035, 4.1) with one question."""
    at, labels = _HEADER, []
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += length + 1
    question = query[_HEADER : at + 5]
    found = _address(".".join(labels).lower())
    record = b""
    if found and question.endswith(_A):
        record = b"\xc0\x0c" + _A + b"\0\0\0\1" + b"\0\4" + socket.inet_aton(found)
    flags = (0x8580 | (0 if found else _UNKNOWN)).to_bytes(2, "big")
    counts = b"\0\1" + bytes([0, bool(record)]) + b"\0\0\0\0"
    return query[:2] + flags + counts + question + record


def _address(name: str) -> str:
    """The Service's address, or nothing."""
    if not (parts := _NAME.fullmatch(name)):
        return ""
    command = ["kubectl", "get", "service", parts[1], "--namespace", parts[2]]
    done = subprocess.run(
        [*command, "--output=jsonpath={.spec.clusterIP}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1])
