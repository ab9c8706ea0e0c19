"""What every kubelet in a room needs: Debian's containerd with the images of the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from e2e import images, pods

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.room import Room

KUBELET = """\
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
podLogsDir: {folder}/logs
volumePluginDir: /run/kubelet/plugins
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}}}
authorization: {{mode: AlwaysAllow}}
# this machine is not a node: nothing of it is measured, limited or set
protectKernelDefaults: true
makeIPTablesUtilChains: false
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
failCgroupV1: false
localStorageCapacityIsolation: false
evictionHard: {{}}
imageGCHighThresholdPercent: 100
# tests wait
syncFrequency: 1s
"""
CTR = ("ctr", "--namespace", "k8s.io")
_CONTAINERD = """\
version = 2
root = "/run/containerd-images"
state = "/run/containerd"
[plugins."io.containerd.internal.v1.opt"]
path = "/run/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
"""
_CNI = """\
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{cni}"
"""
# What a kubelet wants of the kernel (pkg/kubelet/cm, setupKernelTunables). It is shown these, and
# the kernel stays as it is: in the room its settings are read-only.
_TUNABLES = {
    "kernel/keys/root_maxbytes": 25000000,
    "kernel/keys/root_maxkeys": 1000000,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
}


def show_tunables(room: Room, folder: Path) -> None:
    """Shows a kubelet in the room the settings that it wants."""
    for number, (name, value) in enumerate(_TUNABLES.items()):
        shown = folder / f"tunable-{number}"
        shown.write_text(f"{value}\n")
        room.output("mount", "--bind", shown, f"/proc/sys/{name}")


def start_containerd(room: Room, folder: Path, *, cni: Path | None = None) -> None:
    """Starts it, with the networks of a folder if one is given, and imports the images."""
    file = folder / "containerd.toml"
    file.write_text(_CONTAINERD.format(pause=images.PAUSE) + (_CNI.format(cni=cni) if cni else ""))
    room.start("containerd", "--config", file, log=folder / "containerd.log")
    pods.wait(lambda: room.run(*CTR, "version").returncode == 0, "containerd", within=60)
    for image in images.all_images():
        room.output(*CTR, "images", "import", "-", stdin=image.archive, timeout=180)
