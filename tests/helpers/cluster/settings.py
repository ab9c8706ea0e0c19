"""The configuration of the cluster's programs."""

from __future__ import annotations

import json

# The bridge of the room: the node's address, in the pods' network.
ADDRESS, NETWORK = "10.244.0.1", "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
NODE = "node"
API = f"https://{ADDRESS}:6443"
TOKEN = "token-of-the-tests"
# Where programs write regardless of their options; Room provides these in memory.
FOLDERS = ("/var/lib/cni", "/var/lib/kubelet", "/var/log/containers", "/var/log/pods")
# A kubelet refuses an address of the loopback, and needs a default route. Programs of the node set
# up the room's own network, which is not the machine's.
NETWORKING = f"""
mount --bind /proc/sys/net /proc/sys/net
mount -o remount,bind,rw /proc/sys/net
busybox ip link add name cni0 type bridge
busybox ip address add {ADDRESS}/16 dev cni0
busybox ip link set cni0 up
busybox ip route add default dev cni0
"""

TOKENS = f'{TOKEN},tests,tests,"system:masters"\n'
KUBECONFIG = f"""\
apiVersion: v1
kind: Config
clusters: [{{name: room, cluster: {{server: "{API}", insecure-skip-tls-verify: true}}}}]
users: [{{name: tests, user: {{token: {TOKEN}}}}}]
contexts: [{{name: room, context: {{cluster: room, user: tests}}}}]
current-context: room
"""
KUBELET = f"""\
address: {ADDRESS}
clusterDNS: [{ADDRESS}]
clusterDomain: cluster.local
resolvConf: {{folder}}/resolv.conf
"""
PROXY = f"""\
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {{{{kubeconfig: {{folder}}/kubeconfig}}}}
hostnameOverride: {NODE}
clusterCIDR: {NETWORK}
# these are the machine's, not the room's
conntrack: {{{{maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}}}
"""
CNI = json.dumps(
    {
        "cniVersion": "0.4.0",
        "name": "room",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": True,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": "/run/cni-ipam",
                    "ranges": [[{"subnet": NETWORK}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }
)
