"""
The two images of the chart, made of this machine's own programs, without a network: `nginx:1.19`
from Debian's nginx and `busybox:1.28` from its busybox-static, laid out as the originals are as far
as the chart and the rules can see.

docker.io/library/nginx: ENTRYPOINT /docker-entrypoint.sh, which configures the image if its first
argument is nginx, and CMD nginx -g "daemon off;"; serves /usr/share/nginx/html; logs to standard
output and error; has bash. docker.io/library/busybox: CMD sh, and one program under all its names.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
from collections import namedtuple
from pathlib import Path
from typing import Any

# `archive` is what `docker save` writes: `podman load` and `ctr images import` read it.
Image = namedtuple("Image", "name archive")

NGINX, BUSYBOX, PAUSE = "library/nginx:1.19", "library/busybox:1.28", "localhost/pause:1"
STOCK_PAGE = "<h1>Welcome to nginx!</h1>\n"
CONFIGURED = "/docker-entrypoint.sh: Configuration complete; ready for start up"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_HUB = "docker.io"
_ENTRYPOINT = """\
#!/bin/sh
set -e
if [ "$1" = nginx ]; then
    echo "$0: Configuration complete; ready for start up"
fi
exec "$@"
"""
_NGINX_CONF = """\
user nginx;
worker_processes 1;
pid /var/run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 64; }
http {
    access_log /dev/stdout;
    include /etc/nginx/conf.d/*.conf;
}
"""
_DEFAULT_CONF = """\
server {
    listen 80;
    location / { root /usr/share/nginx/html; }
}
"""
_ERROR_PAGE = "<h1>An error occurred.</h1>\n"
_PROGRAMS = ("nginx", "bash", "dash", "env", "cat", "ls", "sleep")
_LONG_AGO = "1970-01-01T00:00:00Z"


@functools.cache
def all_images() -> tuple[Image, ...]:
    """The chart's two, and the one that holds a pod's namespaces."""
    return (
        _image(
            f"{_HUB}/{NGINX}",
            _nginx_files(),
            Entrypoint=["/docker-entrypoint.sh"],
            Cmd=["nginx", "-g", "daemon off;"],
            ExposedPorts={"80/tcp": {}},
            StopSignal="SIGQUIT",
        ),
        _image(f"{_HUB}/{BUSYBOX}", _busybox_files(), Cmd=["sh"]),
        pause(),
    )


@functools.cache
def pause() -> Image:
    """The image that holds a pod's namespaces."""
    waiting = ["sh", "-c", "trap exit TERM; while :; do sleep 9999 & wait; done"]
    return _image(PAUSE, _busybox_files(), Entrypoint=waiting)


def _nginx_files() -> bytes:
    """Debian's nginx with bash, a shell and a few programs, where Docker's image has them."""
    programs = [_found(name) for name in _PROGRAMS]
    files = {str(path): (path.read_bytes(), 0o755) for path in (*programs, *_libraries(programs))}
    texts = {
        "/etc/passwd": "root:x:0:0::/:/bin/bash\nnginx:x:101:101::/:/bin/false\n",
        "/etc/group": "root:x:0:\nnginx:x:101:\n",
        "/etc/nginx/nginx.conf": _NGINX_CONF,
        "/etc/nginx/conf.d/default.conf": _DEFAULT_CONF,
        "/usr/share/nginx/html/index.html": STOCK_PAGE,
        "/usr/share/nginx/html/50x.html": _ERROR_PAGE,
    }
    files |= {path: (text.encode(), 0o644) for path, text in texts.items()}
    files["/docker-entrypoint.sh"] = (_ENTRYPOINT.encode(), 0o755)
    links = {f"/{folder}": f"usr/{folder}" for folder in ("bin", "sbin", "lib", "lib64")}
    links["/usr/bin/sh"] = "dash"
    return tar(files, links, folders=("/tmp", "/var/run", "/var/log/nginx", "/var/lib/nginx"))


def _busybox_files() -> bytes:
    """The static busybox under all its names."""
    program = _found("busybox")
    names = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    links = {f"/bin/{name}": "busybox" for name in names.stdout.split() if name != "busybox"}
    return tar({"/bin/busybox": (program.read_bytes(), 0o755)}, links, folders=("/tmp",))


def _found(name: str) -> Path:
    """The program itself, under /usr."""
    path = shutil.which(name, path=PATH)
    assert path, name
    return _under_usr(path)


def _under_usr(path: str) -> Path:
    """Debian's /bin, /sbin and /lib are links into /usr, and so they are in the image."""
    return Path(re.sub(r"^/(bin|sbin|lib|lib64)/", r"/usr/\1/", path))


def _libraries(programs: list[Path]) -> set[Path]:
    """What the dynamic linker loads for these programs, and the linker."""
    listed = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True)
    return {_under_usr(path) for path in re.findall(r"\s(/\S+) \(0x", listed.stdout)}


def _image(name: str, layer: bytes, **config: Any) -> Image:
    """An image of one layer, as `docker save` writes it (Docker Image Specification v1.2)."""
    machine = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    )
    image = {
        "created": _LONG_AGO,
        "architecture": machine.stdout.strip(),
        "os": "linux",
        "config": {"Env": [f"PATH={PATH}"], **config},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created": _LONG_AGO, "created_by": "kmod-post's tests"}],
    }
    manifest = [{"Config": "image.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    files = {
        "/manifest.json": (json.dumps(manifest).encode(), 0o644),
        "/image.json": (json.dumps(image).encode(), 0o644),
        "/layer.tar": (layer, 0o644),
    }
    return Image(name, tar(files))


def tar(
    files: dict[str, tuple[bytes, int]],
    links: dict[str, str] | None = None,
    folders: tuple[str, ...] = (),
) -> bytes:
    """Files (content and mode), links and folders, with the folders above them, all of root."""
    links = links or {}
    above = {str(folder) for path in (*files, *links, *folders) for folder in Path(path).parents}
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for path in sorted(above.union(folders) - {"/"}):
            mode = 0o1777 if path == "/tmp" else 0o755
            archive.addfile(_entry(path, tarfile.DIRTYPE, mode))
        for path, link in links.items():
            archive.addfile(_entry(path, tarfile.SYMTYPE, 0o777, link=link))
        for path, (content, mode) in files.items():
            entry = _entry(path, tarfile.REGTYPE, mode, size=len(content))
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def _entry(path: str, kind: bytes, mode: int, *, size: int = 0, link: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type, entry.mode, entry.size, entry.linkname = kind, mode, size, link
    return entry
