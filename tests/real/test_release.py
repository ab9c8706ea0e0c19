"""What scripts/release makes: the executable in rooms without anything else, packages, signatures."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
import pytest
from argoimage import sidecar
from e2e import podman
from e2e.registry import REGISTRY, Registry
from hosts.programs import Host, args
from paths import CHART, ROOT
from registry import certificates
from releases import EXECUTABLE, IMAGE, PLATFORM, SIDECAR, VERSION, image, make
from tools import find, unavailable

import postrender

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from e2e.room import Room

RENDERED = (CHART / "rendered" / "helm3.yaml").read_bytes()
RULES = CHART / "kmod" / "sidecar.yaml"
ENTRYPOINT = (
    "rules: {a: {match: {kind: Deployment}, containers: {web: {entrypoint: {script: 'true'}}}}}"
)

EVERYWHERE = """
rules:
  everywhere:
    match: {kind: [Deployment, StatefulSet, DaemonSet]}
    expect: any
    podLabels: {team: shop}
    sidecars: [{name: last, image: "busybox:1.28", command: [sleep, "9999"]}]
"""


def deployment(image: str) -> str:
    """A stream with an image."""
    return (
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, "
        f"spec: {{template: {{spec: {{containers: [{{name: web, image: '{image}'}}]}}}}}}}}"
    )


def test_all_that_is_published_is_there(dist: Path) -> None:
    """And SHA256SUMS has the sum of each file."""
    lines = (dist / "SHA256SUMS").read_text().splitlines()
    sums = {name: number for number, _, name in (line.partition("  ") for line in lines)}
    files = {str(file.relative_to(dist)) for file in dist.rglob("*") if file.is_file()}
    assert files == {*sums, "SHA256SUMS"}
    images = {f"{IMAGE}.tar", f"{SIDECAR}.tar", f"{SIDECAR}.cdx.json"}
    assert files - images == {
        "SHA256SUMS",
        *(f"completions/{shell}" for shell in ("bash", "fish", "zsh")),
        f"helm4-{PLATFORM}/kmod-post-{VERSION}.tgz",
        EXECUTABLE,
        f"{EXECUTABLE}.cdx.json",
        f"kmod-post-{VERSION}.tgz",
        "kmod-post.1",
        "kmod.schema.json",
        f"kmod_post-{VERSION}-py3-none-any.whl",
        f"kmod_post-{VERSION}.tar.gz",
    }
    for name, number in sums.items():
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == number


def test_twice_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    """Who makes the release again gets the same files."""
    make(tmp_path / "again")
    assert (tmp_path / "again" / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text()


@pytest.mark.parametrize("beside", ["nothing", "busybox", "musl"])
def test_a_room_with_nothing_else(dist: Path, tmp_path: Path, beside: str) -> None:
    """No Python, no C library, a file system that cannot be written to, a user that nobody knows."""
    if os.getuid():
        unavailable("only root can change the root of a process", required=False)
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(dist / EXECUTABLE, root / "kmod-post")
    shutil.copy(RULES, root / "kmod.yaml")
    if beside != "nothing":
        shutil.copy(find("busybox-static"), root / "busybox")
    if beside == "musl":
        loaders = list(Path("/lib").glob("ld-musl-*.so.1"))
        if not loaders:
            unavailable("musl is missing; get it with scripts/tools executable", required=False)
        (root / "lib").mkdir()
        shutil.copy(loaders[0], root / "lib")
    enter = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec env -i PATH=/none "$(command -v chroot)" --userspec=54321:54321 "$0" /kmod-post "$@"'

    def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [find("unshare"), "--mount", "sh", "-c", enter, root, *words],
            input=stdin, capture_output=True, check=False,
        )  # fmt: skip

    done = run(stdin=RENDERED)
    expected = postrender.render(RENDERED.decode(), postrender.load_rules(str(RULES)))
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, expected, b"")
    assert run("--version").stdout.decode() == f"kmod-post {VERSION}\n"
    assert b"lock" in run("--help").stdout
    assert run("nosuch").returncode == 2
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [find("unshare"), "--mount", "sh", "-c", enter, root],
        input=RENDERED, stdout=writer, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writer)
    assert done.stderr.splitlines()[0].startswith(b"<stdout>: cannot be written"), done


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room in which podman runs containers."""
    with podman.running(tmp_path_factory.mktemp("images"), required=False) as room:
        yield room


def test_the_image(dist: Path, room: Room, tmp_path: Path) -> None:
    """It renders and locks: as a user that nobody knows, on a read-only file system."""
    room.output("podman", "load", "--quiet", "--input", image(dist, IMAGE))
    work = tmp_path / "work"
    work.mkdir(mode=0o777)
    work.chmod(0o777)
    shutil.copy(RULES, work / "kmod.yaml")

    def run(*words: str, stdin: str = "") -> str:
        return room.output(
            "podman", "run", "--rm", "--interactive", "--network=host", "--read-only",
            "--user=54321:54321", "--cap-drop=ALL", f"--volume={work}:/work", "--workdir=/work",
            f"kmod-post:{VERSION}", *words, stdin=stdin,
        )  # fmt: skip

    assert run("--version") == f"kmod-post {VERSION}\n"
    expected = postrender.render(RENDERED.decode(), postrender.load_rules(str(RULES)))
    assert run(stdin=RENDERED.decode()) == expected
    with pytest.raises(OSError, match="nosuch"):
        run("nosuch")

    Registry(room, tmp_path).add()
    (work / "kmod.yaml").write_text(ENTRYPOINT)
    run("lock", "-f", "kmod.yaml", stdin=deployment(f"{REGISTRY}/library/nginx:1.19"))
    assert "/docker-entrypoint.sh" in (work / "kmod.lock.yaml").read_text()


def test_the_image_of_argo_cds_plugin(dist: Path, room: Room) -> None:
    """It has Helm, kmod-post and the plugin; tests/real/argocd runs Argo CD's plugin server in it."""
    room.output("podman", "load", "--quiet", "--input", image(dist, SIDECAR))
    name = sidecar.CONTAINER["image"]
    run = ("podman", "run", "--rm", "--network=none", "--read-only", name)
    assert room.output(*run, "kmod-post", "--version") == f"kmod-post {VERSION}\n"
    assert room.output(*run, "helm", "version", "--template={{.Version}}") == "v4.3.1"
    assert "ARGOCD_APP_NAME: not set" in room.run(*run, "kmod-post-argocd").stderr


def test_names_and_certificates_of_the_system(dist: Path, tmp_path: Path) -> None:
    """`lock` resolves names by /etc/hosts and trusts the certificates where Debian and Alpine keep them."""
    if os.getuid():
        unavailable("only root can change the root of a process", required=False)
    files = certificates.make(tmp_path / "certificates", names="DNS:registry.example")
    root = tmp_path / "root"
    (root / "etc/ssl/certs").mkdir(parents=True)
    shutil.copy(dist / EXECUTABLE, root / "kmod-post")
    (root / "etc/hosts").write_text("127.0.0.1 registry.example\n")
    (root / "etc/nsswitch.conf").write_text("hosts: mymachines resolve files\n")

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    name = f"registry.example:{server.server_port}/web:1"

    def lock() -> str:
        (root / "kmod.yaml").write_text(ENTRYPOINT)
        (root / "in.yaml").write_text(deployment(name))
        done = subprocess.run(
            ["/kmod-post", "lock", "-f", "kmod.yaml", "in.yaml"], env={"PATH": "/none"}, text=True,
            capture_output=True, check=False, preexec_fn=lambda: (os.chroot(root), os.chdir("/")),
        )  # fmt: skip
        return done.stderr

    try:
        assert "is not trusted" in lock()
        shutil.copy(files.ca, root / "etc/ssl/certs/ca-certificates.crt")
        assert "404" in lock() or "no such" in lock()
    finally:
        server.shutdown()
        server.server_close()


def test_python_on_the_machine_changes_nothing(dist: Path, tmp_path: Path) -> None:
    """Neither its variables nor modules in this folder."""
    (tmp_path / "yaml.py").write_text("raise SystemExit('a module of the folder was loaded')")
    done = subprocess.run(
        [dist / EXECUTABLE, "--help"], cwd=tmp_path, capture_output=True, check=True,
        env={"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/none", "PYTHONSTARTUP": "yaml.py"},
    )  # fmt: skip
    assert done.stderr == b""


@pytest.mark.parametrize("installer", ["pip", "pipx", "uv"])
def test_the_wheel_can_be_installed(
    dist: Path, tmp_path: Path, environment: Mapping[str, str], installer: str
) -> None:
    """By each of the installers that README.md names, with the locked versions of what it needs."""
    (wheel,) = dist.glob("*.whl")
    lock = (ROOT / "scripts/requirements/runtime.txt").read_text()
    versions = tmp_path / "versions.txt"
    versions.write_text("\n".join(re.findall(r"(?m)^[a-z0-9-]+==[^\\]*", lock)))
    programs, home = ROOT / ".tools/release/bin", tmp_path / "home"
    commands: dict[str, list[list[str | Path]]] = {
        "pip": [
            [sys.executable, "-m", "venv", home],
            [home / "bin/python", "-m", "pip", "install", "--constraint", versions, wheel],
        ],
        "pipx": [[programs / "pipx", "install", f"--pip-args=--constraint={versions}", wheel]],
        "uv": [[programs / "uv", "tool", "install", "--python", sys.executable,
                "--constraints", versions, wheel]],
    }  # fmt: skip
    env = {
        **environment,
        **{name: str(home / "bin") for name in ("PIPX_BIN_DIR", "UV_TOOL_BIN_DIR")},
        **{name: str(home / "tools") for name in ("PIPX_HOME", "UV_TOOL_DIR")},
        "PIPX_DEFAULT_PYTHON": sys.executable,
    }
    for command in commands[installer]:
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    kmod_post = home / "bin" / "kmod-post"
    done = subprocess.run(
        [kmod_post, "-f", RULES], input=RENDERED.decode(), env=env, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    expected = postrender.render(RENDERED.decode(), postrender.load_rules(str(RULES)))
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")
    help_text = subprocess.run([kmod_post, "--help"], env=env, capture_output=True, check=True)
    assert b"lock" in help_text.stdout


def test_another_machine(tmp_path: Path) -> None:
    """The executable for aarch64 gives the same bytes as kmod-post here."""
    if platform.machine() == "aarch64":
        unavailable("this machine is aarch64 itself", required=False)
    find("aarch64-linux-gnu-gcc")
    program = tmp_path / "kmod-post"
    done = subprocess.run(
        [ROOT / "scripts/executable", "--machine", "aarch64", "--to", program],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if "cannot be downloaded" in done.stderr:
        unavailable("Debian's packages for aarch64 cannot be downloaded", required=False)
    assert done.returncode == 0, done.stderr
    rules = tmp_path / "kmod.yaml"
    rules.write_text(EVERYWHERE)
    for file in [CHART / "rendered/helm3.yaml", *corpus.files()[::8]]:
        done = subprocess.run(
            [find("qemu-aarch64-static"), program, "-f", rules], input=file.read_bytes(),
            capture_output=True, check=False,
        )  # fmt: skip
        expected = postrender.render(file.read_text(), postrender.load_rules(str(rules)))
        assert (done.returncode, done.stdout.decode()) == (0, expected), done.stderr


def test_old_packages_of_debian_are_refused(tmp_path: Path) -> None:
    """A release has Debian's security updates."""
    apt = tmp_path / "apt-get"
    words = [sys.executable, ROOT / "scripts/materials", "--current"]
    found = []
    for text in (
        "",
        "Inst libssl-dev [3.0.1] (3.0.2 Debian)\nInst libssl3 [3.0.1] (3.0.2)\nConf x\n",
    ):
        apt.write_text(f"#!/bin/sh\nprintf '{text}'\n")
        apt.chmod(0o755)
        env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        found.append((done.returncode, done.stdout, done.stderr))
    updates = "apt-get install --only-upgrade libssl-dev libssl3"
    assert found == [
        (0, "", ""),
        (1, "", f"scripts/materials: Debian has updates; {updates}\n"),
    ]


def test_another_python_is_refused(tmp_path: Path) -> None:
    """In one line: the sources of its modules, and what it has frozen, would not fit."""
    script = tmp_path / "executable"
    text = (ROOT / "scripts/executable").read_text()
    script.write_text(text.replace('VERSION = "3.11"', 'VERSION = "3.99"'))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert re.fullmatch(
        r"scripts/executable: /usr/bin/python3 (is Python 3\.\d+; it|is missing; it) must be Debian 12's.*\n",
        done.stderr,
    )


def test_the_signed_plugin(dist: Path, tmp_path: Path, environment: Mapping[str, str]) -> None:
    """Helm 4 verifies it, installs it, and renders with it without kmod-post on PATH."""
    helm4 = find("helm4")
    if not (gpg := shutil.which("gpg")):
        unavailable("gpg is missing; get it with scripts/tools executable", required=False)
    home = tmp_path / "gpg"
    home.mkdir(mode=0o700)
    secret, public = tmp_path / "secret.gpg", tmp_path / "public.gpg"

    def keys(*words: str | Path) -> None:
        subprocess.run(
            [gpg, "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", *words],
            check=True, capture_output=True,
        )  # fmt: skip

    keys("--quick-generate-key", "Test <test@example.com>", "rsa2048", "sign", "1d")
    keys("--output", secret, "--export-secret-keys")
    keys("--output", public, "--export")
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)
    subprocess.run(
        [ROOT / "scripts/package-plugin", tmp_path / "signed", dist / EXECUTABLE],
        env={**environment, "KEY": "Test", "KEYRING": str(secret), "HELM4": helm4},
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    archive = tmp_path / "signed" / f"kmod-post-{VERSION}.tgz"
    helm = Host(helm4, tmp_path / "home", {**environment, "PATH": "/none"}, Path("/none"))
    done = helm("plugin", "verify", archive, "--keyring", public)
    assert done.returncode == 0, done.stderr
    done = helm("plugin", "install", archive, "--keyring", public)
    assert done.returncode == 0, done.stderr
    rendered = helm.out(
        "template", "example-nginx", CHART, "--post-renderer=kmod-post", *args("-f", RULES)
    )
    assert "wget" in rendered or "busybox" in rendered
    archive.write_bytes(archive.read_bytes() + b"\0")
    assert helm("plugin", "verify", archive, "--keyring", public).returncode != 0


def test_versions_that_differ_are_refused(tmp_path: Path) -> None:
    """Each place that says the version says the same one."""
    for name in ("pyproject.toml", "plugin.yaml", "CHANGELOG.md", "scripts/release",
                 "postrender/__init__.py", "postrender/plugins/helm/plugin.yaml"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    changelog = tmp_path / "CHANGELOG.md"

    def refusal(*words: str) -> str:
        return subprocess.run(
            [tmp_path / "scripts/release", *words], capture_output=True, text=True, check=False
        ).stderr.splitlines()[0]

    changelog.write_text(f"# Changelog\n\n## {VERSION} - unreleased\n")
    assert refusal() == f"scripts/release: CHANGELOG.md: {VERSION} is unreleased; write its date, or give --draft"  # fmt: skip
    changelog.write_text("# Changelog\n\n## 9.9.9 - 2026-01-01\n")
    assert refusal("--draft").startswith(
        'scripts/release: CHANGELOG.md: the newest version is "9.9.9'
    )
    plugin = tmp_path / "plugin.yaml"
    plugin.write_text(plugin.read_text().replace(f"version: {VERSION}", "version: 9.9.9"))
    assert refusal("--draft").startswith("scripts/release: plugin.yaml: version is not")
