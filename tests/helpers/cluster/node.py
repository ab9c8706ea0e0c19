"""
A whole Kubernetes of one node in a room of its own: etcd, API server, controllers, scheduler,
kubelet with containerd, proxy for Services, and their names. Nothing of the machine is changed, and
nothing is left when the room ends.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cluster import settings
from cluster.settings import ADDRESS, NODE
from e2e import pods, runtime
from e2e.room import Room
from registry.certificates import openssl
from tools import find

if TYPE_CHECKING:
    from collections.abc import Iterator

_ETCD = "http://127.0.0.1:2379"
# Besides what any container needs.
PROGRAMS = ("containerd", "etcd", "iptables", "kubectl", "kubernetes", "openssl")


@contextmanager
def running(folder: Path) -> Iterator[Room]:
    """
    The room of a cluster whose node is ready. Its logs are in the folder. OSError where it does not
    start.
    """
    environment = {"HOME": str(folder), "KUBECONFIG": str(folder / "kubeconfig")}
    room = Room(environment, settings.FOLDERS, settings.NETWORKING)
    try:
        _start(room, folder)
        yield room
    finally:
        room.close()


def _start(room: Room, folder: Path) -> None:
    _write(folder)

    def start(name: str, *options: str | Path) -> None:
        room.start(find(name), *options, log=folder / f"{name}.log")

    def start_kubernetes(name: str, *options: str | Path) -> None:
        """By one program, so that all are of one version."""
        program = folder / "programs" / name
        program.symlink_to(find("kubernetes"))
        room.start(program, *options, log=folder / f"{name}.log")

    runtime.show_tunables(room, folder)
    runtime.start_containerd(room, folder, cni=folder / "cni")
    start(
        "etcd",
        *("--data-dir=/run/etcd", "--unsafe-no-fsync"),
        *(f"--listen-client-urls={_ETCD}", f"--advertise-client-urls={_ETCD}"),
        "--listen-peer-urls=http://127.0.0.1:2380",
    )
    key = folder / "accounts.key"
    start_kubernetes(
        "kube-apiserver",
        *(f"--etcd-servers={_ETCD}", f"--advertise-address={ADDRESS}", "--secure-port=6443"),
        *(f"--cert-dir={folder / 'certificates'}", f"--token-auth-file={folder / 'tokens.csv'}"),
        "--service-account-issuer=https://kubernetes.default.svc",
        *(f"--service-account-signing-key-file={key}", f"--service-account-key-file={key}"),
        *("--authorization-mode=RBAC", "--allow-privileged"),
        f"--service-cluster-ip-range={settings.SERVICES}",
        "--kubelet-preferred-address-types=InternalIP",
    )
    ready = ("kubectl", "get", "--raw", "/readyz")
    pods.wait(lambda: room.run(*ready).returncode == 0, "the API server", within=180)
    kubeconfig = f"--kubeconfig={folder / 'kubeconfig'}"
    start_kubernetes(
        "kube-controller-manager",
        *(kubeconfig, "--leader-elect=false", f"--service-account-private-key-file={key}"),
        f"--root-ca-file={folder / 'certificates' / 'apiserver.crt'}",
        *("--cluster-signing-cert-file=", "--cluster-signing-key-file="),
    )
    start_kubernetes("kube-scheduler", kubeconfig, "--leader-elect=false")
    start_kubernetes(
        "kubelet",
        *(kubeconfig, f"--config={folder / 'kubelet.yaml'}", f"--hostname-override={NODE}"),
        *(f"--node-ip={ADDRESS}", "--root-dir=/run/kubelet", "--cert-dir=/run/kubelet/pki"),
    )
    start_kubernetes("kube-proxy", f"--config={folder / 'proxy.yaml'}")
    names = Path(__file__).with_name("names.py")
    room.start(sys.executable, names, ADDRESS, log=folder / "names.log")
    node = ("kubectl", "wait", "--for=condition=Ready", "node", NODE, "--timeout=1s")
    pods.wait(lambda: room.run(*node).returncode == 0, "the node", within=180)
    account = ("kubectl", "get", "serviceaccount", "default")
    pods.wait(lambda: room.run(*account).returncode == 0, "the service account", within=60)


def _write(folder: Path) -> None:
    (folder / "cni").mkdir(parents=True)
    (folder / "programs").mkdir()
    kubelet = runtime.KUBELET + settings.KUBELET
    texts = {
        "cni/room.conflist": settings.CNI,
        "kubeconfig": settings.KUBECONFIG,
        "kubelet.yaml": kubelet.format(folder=folder),
        "proxy.yaml": settings.PROXY.format(folder=folder),
        "resolv.conf": "",
        "tokens.csv": settings.TOKENS,
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    openssl("genrsa", "-out", folder / "accounts.key", "2048")
