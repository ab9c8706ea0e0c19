"""Argo CD: the plugin's init command, which fetches what a chart depends on."""

from __future__ import annotations

import base64
import http.server
import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hosts.argocd import each_helm, run
from registry import certificates
from registry.debian import docker_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIBRARY = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}
data: {version: "{{ .Chart.Version }}"}
"""
PASSWORD = "hunter2"


class ChartRepository:
    """A chart repository on loopback with the chart `library`, and the paths it was asked for."""

    def __init__(self, folder: Path, url: str, asked: list[str]) -> None:
        self.folder = folder
        self.url = url
        self.asked = asked
        self.login = False


@pytest.fixture
def charts(tmp_path: Path, sidecar: dict[str, str]) -> Iterator[ChartRepository]:
    """The chart repository, with versions 1.0.0 and 1.1.0."""
    folder = tmp_path / "charts"
    folder.mkdir()
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            login = base64.b64encode(f"me:{PASSWORD}".encode()).decode()
            if repository.login and self.headers.get("Authorization") != f"Basic {login}":
                self.send_error(401)
            else:
                super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: Handler(*args, directory=str(folder))
    )
    repository = ChartRepository(folder, f"http://127.0.0.1:{server.server_port}/stable", asked)
    for version in ("1.0.0", "1.1.0"):
        package(tmp_path / version, version, folder / "stable", sidecar)
    helm(sidecar, "repo", "index", folder / "stable")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()


def package(source: Path, version: str, to: Path, env: Mapping[str, str]) -> Path:
    """Makes the chart `library` of a version in a folder and packages it."""
    chart = source / "library"
    (chart / "templates").mkdir(parents=True)
    (chart / "templates" / "map.yaml").write_text(LIBRARY)
    (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: library\nversion: {version}\n")
    helm(env, "package", chart, "--destination", to)
    return to / f"library-{version}.tgz"


def helm(env: Mapping[str, str], *words: str | Path, cwd: Path | None = None) -> None:
    """Runs Helm to set something up, with a home that the plugin does not have."""
    home = Path(env["TMPDIR"]).parent / "author"
    homes = {f"HELM_{name}_HOME": str(home / name) for name in ("CACHE", "CONFIG", "DATA")}
    done = subprocess.run(
        ["helm", *words], env={**env, **homes}, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a chart in apps/web that depends on nothing, and rules."""
    web = tmp_path / "repository" / "apps" / "web"
    web.mkdir(parents=True)
    (web / "kmod.yaml").write_text(
        "rules:\n  seen:\n    match: {kind: ConfigMap}\n    annotations: {seen: by-kmod-post}\n"
    )
    write_chart(web, {})
    return tmp_path / "repository"


def write_chart(web: Path, *dependencies: Mapping[str, str], **more: object) -> None:
    """Writes a Chart.yaml, in JSON, which is YAML with quoted keys."""
    chart = {"apiVersion": "v2", "name": "web", "version": "0.1.0", **more}
    if list(dependencies) != [{}]:
        chart["dependencies"] = dependencies
    (web / "Chart.yaml").write_text(json.dumps(chart))


def library(url: str, version: str = "^1.0.0", **more: str) -> dict[str, str]:
    """A dependency on the chart `library`."""
    return {"name": "library", "version": version, "repository": url, **more}


def versions(repository: Path, sidecar: Mapping[str, str]) -> list[str]:
    """Runs init and generate; the versions of the chart `library` in the manifests."""
    done = run("init", repository, sidecar)
    assert done.returncode == 0, done.stderr
    assert list(Path(sidecar["TMPDIR"]).iterdir()) == []
    done = run("generate", repository, sidecar)
    assert done.returncode == 0, done.stderr
    found = [data for data in yaml.safe_load_all(done.stdout) if data]
    assert all(data["metadata"]["annotations"]["seen"] for data in found)
    return [data["data"]["version"] for data in found]


def lock(web: Path, env: Mapping[str, str], *, vendored: bool = False) -> None:
    """Does as the chart's author: `helm dependency update`, and commits charts/ or does not."""
    helm(env, "dependency", "update", ".", cwd=web)
    if not vendored:
        shutil.rmtree(web / "charts")


# What works


def test_a_chart_without_dependencies_needs_nothing(
    repository: Path, sidecar: dict[str, str]
) -> None:
    """Also if it is an empty list."""
    assert run("init", repository, sidecar).returncode == 0
    write_chart(repository / "apps" / "web")
    assert run("init", repository, sidecar).returncode == 0
    assert not (repository / "apps" / "web" / "charts").exists()


@each_helm
def test_a_dependency_is_fetched(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """Without a lock file the newest version that fits, as `helm dependency build` does."""
    write_chart(repository / "apps" / "web", library(charts.url))
    assert versions(repository, sidecar) == ["1.1.0"]


@each_helm
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_locked_version_is_fetched(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository, slash: str
) -> None:
    """`helm dependency build` alone wants `helm repo add` first."""
    web = repository / "apps" / "web"
    write_chart(web, library(charts.url + slash, "1.0.0"))
    lock(web, sidecar)
    assert (web / "Chart.lock").exists()
    assert versions(repository, sidecar) == ["1.0.0"]


@each_helm
def test_charts_of_helm_2_are_fetched(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """They name their dependencies in requirements.yaml."""
    web = repository / "apps" / "web"
    write_chart(web, {}, apiVersion="v1")
    (web / "requirements.yaml").write_text(
        f"dependencies:\n- {{name: library, version: 1.0.0, repository: '{charts.url}'}}\n"
    )
    assert versions(repository, sidecar) == ["1.0.0"]
    shutil.rmtree(web / "charts")
    lock(web, sidecar)
    assert (web / "requirements.lock").exists()
    assert versions(repository, sidecar) == ["1.0.0"]


@each_helm
def test_a_chart_may_be_used_twice(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """By two names: the lock file then has it twice."""
    web = repository / "apps" / "web"
    write_chart(
        web, library(charts.url, "1.0.0", alias="a"), library(charts.url, "1.0.0", alias="b")
    )
    lock(web, sidecar)
    assert versions(repository, sidecar) == ["1.0.0", "1.0.0"]


@each_helm
@pytest.mark.parametrize("unpacked", [False, True], ids=["archive", "unpacked"])
@pytest.mark.parametrize("locked", [True, False], ids=["lock", "no-lock"])
def test_charts_that_are_there_are_not_fetched(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository, locked: bool, unpacked: bool
) -> None:
    """The chart repository may be down."""
    web = repository / "apps" / "web"
    write_chart(web, library(charts.url))
    lock(web, sidecar, vendored=True)
    archive = web / "charts" / "library-1.1.0.tgz"
    if unpacked:
        shutil.unpack_archive(archive, web / "charts")
        archive.unlink()
    if not locked:
        (web / "Chart.lock").unlink()
    charts.asked.clear()
    before = {file: file.read_bytes() for file in web.rglob("*") if file.is_file()}
    assert versions(repository, sidecar) == ["1.1.0"]
    assert charts.asked == []
    assert {file: file.read_bytes() for file in web.rglob("*") if file.is_file()} == before


@each_helm
def test_a_chart_of_another_version_than_the_locked_one_is_replaced(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """Also if Chart.yaml would allow it."""
    web = repository / "apps" / "web"
    write_chart(web, library(charts.url))
    lock(web, sidecar)
    (web / "charts").mkdir()
    shutil.copy(charts.folder / "stable" / "library-1.0.0.tgz", web / "charts")
    assert versions(repository, sidecar) == ["1.1.0"]


@each_helm
def test_a_chart_of_the_repository_is_taken(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """By file://, beside one that is fetched."""
    web = repository / "apps" / "web"
    package(repository / "shared", "2.0.0", repository, sidecar)
    chart = repository / "shared" / "library" / "Chart.yaml"
    chart.write_text(chart.read_text().replace("library", "local"))
    local = {"name": "local", "version": ">=0", "repository": "file://../../shared/library"}
    write_chart(web, library(charts.url), local)
    assert versions(repository, sidecar) == ["1.1.0", "2.0.0"]
    shutil.rmtree(web / "charts")
    assert (web / "Chart.lock").exists()
    assert versions(repository, sidecar) == ["1.1.0", "2.0.0"]


@each_helm
@pytest.mark.parametrize("name", ["", "@private", "alias:private"])
def test_logins_of_the_sidecar_are_used(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository, name: str
) -> None:
    """They are in its repositories.yaml, which stays as it is; its other entries are not asked."""
    web = repository / "apps" / "web"
    charts.login = True
    configuration = Path(sidecar["TMPDIR"]).parent / "repositories.yaml"
    login = {"name": "private", "url": charts.url, "username": "me", "password": PASSWORD}
    other = {"name": "other", "url": charts.url.replace("stable", "other")}
    env = {**sidecar, "HELM_REPOSITORY_CONFIG": str(configuration)}
    write_chart(web, library(name or charts.url))
    configuration.write_text(yaml.safe_dump({"repositories": [login]}))
    lock(web, env)
    text = yaml.safe_dump({"repositories": [other, login]})
    configuration.write_text(text)
    charts.asked.clear()
    assert versions(repository, env) == ["1.1.0"]
    assert configuration.read_text() == text
    assert not any("other" in path for path in charts.asked)


@pytest.mark.parametrize("sidecar", ["helm3.10"], indirect=True)
def test_charts_of_a_registry_without_tls_are_fetched(
    repository: Path, sidecar: dict[str, str], tmp_path: Path
) -> None:
    """Helm 3.10 does so on loopback. Later ones want `--plain-http`, which the plugin never gives."""
    archive = package(tmp_path / "chart", "1.0.0", tmp_path, sidecar)
    with docker_registry(tmp_path / "registry") as registry:
        url = f"oci://{registry.host}/charts"
        helm(sidecar, "push", archive, url)
        fetch_from_registry(repository, sidecar, url)


@pytest.mark.parametrize("sidecar", ["helm3", "helm4"], indirect=True)
def test_charts_of_a_registry_are_fetched(
    repository: Path, sidecar: dict[str, str], tmp_path: Path
) -> None:
    """Helm 3.10 is not tried: on loopback it speaks to a registry without TLS only."""
    archive = package(tmp_path / "chart", "1.0.0", tmp_path, sidecar)
    files = certificates.make(tmp_path / "certificates")
    tls = (files.certificate, files.key)
    with docker_registry(tmp_path / "registry", tls=tls, ca=files.ca) as registry:
        url = f"oci://{registry.host}/charts"
        env = {**sidecar, "SSL_CERT_FILE": str(files.ca)}
        helm(env, "push", archive, url)
        fetch_from_registry(repository, env, url)


def fetch_from_registry(repository: Path, env: Mapping[str, str], url: str) -> None:
    """Fetches a chart without a lock file, with one, and not at all as charts/ has it."""
    web = repository / "apps" / "web"
    write_chart(web, library(url))
    assert versions(repository, env) == ["1.0.0"]
    shutil.rmtree(web / "charts")
    lock(web, env)
    assert versions(repository, env) == ["1.0.0"]
    assert versions(repository, {**env, "HTTPS_PROXY": "http://127.0.0.1:9"}) == ["1.0.0"]


# What is refused


def change_lock(web: Path, **changes: str) -> None:
    """Changes the dependency in Chart.lock, as an attacker would: with the digest that fits."""
    data: dict[str, Any] = yaml.safe_load((web / "Chart.lock").read_text())
    data["dependencies"][0].update(changes)
    data["digest"] = digest(web, data["dependencies"])
    data["generated"] = "2025-01-01T00:00:00Z"
    (web / "Chart.lock").write_text(json.dumps(data))


def digest(web: Path, locked: list[dict[str, str]]) -> str:
    """Helm's digest (HashReq in its resolver): of both lists in Go's JSON."""
    import hashlib

    wanted = json.loads((web / "Chart.yaml").read_text())["dependencies"]
    text = json.dumps(
        [
            [{key: d[key] for key in ("name", "version", "repository")} for d in ds]
            for ds in (wanted, locked)
        ],
        separators=(",", ":"),
    )
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


OUTSIDE = [
    "file://../../../secret/library", "file://{outside}", "file:///../{outside}",
    "file://../../link/../../secret/library", "file://./../../../secret/library/",
    "file://../../apps/../../secret/library",
]  # fmt: skip


@pytest.fixture
def secret(repository: Path, sidecar: dict[str, str]) -> Path:
    """A chart outside of the repository, of another Application say."""
    package(repository.parent / "secret", "1.0.0", repository.parent, sidecar)
    return repository.parent / "secret" / "library"


def assert_refused(repository: Path, sidecar: Mapping[str, str], *, word: str) -> None:
    """Init fails with one line that has a word, and charts/ has nothing."""
    done = run("init", repository, sidecar)
    assert done.returncode == 1
    assert done.stderr.startswith("kmod-post-argocd: ")
    assert done.stderr.count("\n") == 1
    assert word in done.stderr
    assert not (repository / "apps" / "web" / "charts").exists()


@each_helm
@pytest.mark.parametrize(
    ("address", "key"),
    [
        *((address, "repository") for address in OUTSIDE),
        *((OUTSIDE[0], key) for key in ("Repository", "REPOSITORY")),
    ],
)
def test_no_chart_outside_of_the_repository_is_taken(
    repository: Path, sidecar: dict[str, str], secret: Path, address: str, key: str
) -> None:
    """However the path is written, and the key, which Helm reads in any case of letters."""
    (repository / "deep" / "er").mkdir(parents=True)
    (repository / "link").symlink_to("deep/er")
    address = address.replace("{outside}", str(secret))
    dependency = {"name": "library", "version": "1.0.0", key: address}
    write_chart(repository / "apps" / "web", dependency)
    assert_refused(repository, sidecar, word="is outside the repository")


@each_helm
@pytest.mark.parametrize("address", OUTSIDE)
def test_no_lock_file_leads_out_of_the_repository(
    repository: Path, sidecar: dict[str, str], secret: Path, charts: ChartRepository, address: str
) -> None:
    """With a lock file, Helm takes addresses from it alone."""
    web = repository / "apps" / "web"
    write_chart(web, library(charts.url, "1.0.0"))
    lock(web, sidecar)
    (repository / "deep" / "er").mkdir(parents=True)
    (repository / "link").symlink_to("deep/er")
    change_lock(web, repository=address.replace("{outside}", str(secret)))
    assert_refused(repository, sidecar, word="is outside the repository")


@pytest.mark.parametrize("name", ["Chart.lock", "requirements.lock"])
@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "dependencies: 1", "dependencies: [1]", "dependencies: [{name: [x]}]", "{", "\0",
        "Dependencies: [{name: library, version: 1.0.0, repository: 'file:///secret'}]",
        "dependencies: [{name: library, Repository: 'file:///secret'}]",
        "dependencies: [{name: library, condition: x}]", "dependencies: [{repository: x}]",
        "&a [*a]", "dependencies: &a [*a]", "[" * 5000, "\udcff",
    ],
)  # fmt: skip
def test_a_strange_lock_file_is_refused(
    repository: Path, sidecar: dict[str, str], text: str, name: str
) -> None:
    """Helm might read it in another way."""
    web = repository / "apps" / "web"
    write_chart(web, library("https://example.invalid"))
    (web / name).write_bytes(text.encode(errors="surrogateescape"))
    done = run("init", repository, sidecar)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{name}: not as Helm writes it" in done.stderr or done.stderr.startswith("Error: ")


@each_helm
def test_a_lock_file_in_disguise_is_read_as_helm_reads_it(
    repository: Path, sidecar: dict[str, str], secret: Path, charts: ChartRepository
) -> None:
    """Keys twice, tags and anchors: Helm gets the file in the form that was checked."""
    web = repository / "apps" / "web"
    write_chart(web, library(charts.url, "1.0.0"))
    lock(web, sidecar)
    locked = yaml.safe_load((web / "Chart.lock").read_text())
    outside = f"file://{secret}"
    binary = base64.b64encode(outside.encode()).decode()
    head = f"digest: {digest(web, [library(outside, '1.0.0')])}\ngenerated: 2025-01-01T00:00:00Z\n"
    good = json.dumps(locked["dependencies"])
    for body in (
        f"dependencies: [{{name: library, version: 1.0.0, repository: !!binary {binary}}}]\n",
        f"dependencies: [{{name: library, version: 1.0.0, repository: {outside}}}]\nDependencies: {good}\n",
        f"Dependencies: [{{name: library, version: 1.0.0, repository: {outside}}}]\ndependencies: {good}\n",
        f'dependencies: [{{name: library, version: 1.0.0, repository: "{outside.replace("f", chr(92) + "x66")}"}}]\n',
    ):
        (web / "Chart.lock").write_text(head + body)
        done = run("init", repository, sidecar)
        assert done.returncode == 1, body
        assert not (web / "charts").exists()


@pytest.mark.parametrize(
    "address", ["s3://bucket", "git+https://x", "FILE:///etc", "stable", "/etc", "https:/x"]
)
def test_an_address_of_another_kind_is_refused(
    repository: Path, sidecar: dict[str, str], address: str
) -> None:
    """It needs a plugin of Helm, or is no address."""
    write_chart(repository / "apps" / "web", library(address))
    assert_refused(repository, sidecar, word=f"dependency library: repository {address} is not")


def test_a_name_that_is_a_path_is_refused(repository: Path, sidecar: dict[str, str]) -> None:
    """Helm would look for its archive there."""
    write_chart(repository / "apps" / "web", {**library(""), "name": "../../../secret/library"})
    assert_refused(repository, sidecar, word="no name of a chart")


@each_helm
def test_no_index_leads_out_of_the_repository(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository, secret: Path
) -> None:
    """Helm fetches from the addresses in a repository's index, but no files."""
    archive = secret.parents[1] / "library-1.0.0.tgz"
    assert archive.exists()
    index = charts.folder / "stable" / "index.yaml"
    index.write_text(index.read_text().replace("- library-", f"- file://{archive.parent}/library-"))
    write_chart(repository / "apps" / "web", library(charts.url, "1.0.0"))
    done = run("init", repository, sidecar)
    assert done.returncode == 1
    assert not list((repository / "apps" / "web").glob("charts/*"))


@each_helm
def test_a_repository_that_is_down_is_named(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """With the reason, without the password that is in its address."""
    web = repository / "apps" / "web"
    write_chart(web, library(charts.url, "1.0.0"))
    lock(web, sidecar)
    down = f"http://me:{PASSWORD}@127.0.0.1:9/stable"
    write_chart(web, library(down, "1.0.0"))
    change_lock(web, repository=down)
    done = run("init", repository, sidecar)
    assert done.returncode == 1
    assert "connection refused" in done.stderr
    assert "127.0.0.1:9/stable" in done.stderr
    assert PASSWORD not in done.stderr


@each_helm
def test_a_lock_file_that_does_not_fit_is_an_error(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """The author has to run `helm dependency update`."""
    web = repository / "apps" / "web"
    write_chart(web, library(charts.url, "1.0.0"))
    lock(web, sidecar)
    write_chart(web, library(charts.url, "1.1.0"))
    done = run("init", repository, sidecar)
    assert done.returncode == 1
    assert "the lock file (Chart.lock) is out of sync" in done.stderr


@each_helm
def test_one_application_cannot_give_another_its_chart(
    repository: Path, sidecar: dict[str, str], charts: ChartRepository
) -> None:
    """What one has fetched is not used for another, such as an index while a repository is down."""
    web = repository / "apps" / "web"
    index = charts.folder / "stable" / "index.yaml"
    index.write_text(index.read_text().replace("- library-", f"- {charts.url}/library-"))
    write_chart(web, library(charts.url, "1.0.0"))
    lock(web, sidecar)
    assert versions(repository, sidecar) == ["1.0.0"]
    shutil.rmtree(web / "charts")
    down = "http://127.0.0.1:9/stable"
    write_chart(web, library(down, "1.0.0"))
    change_lock(web, repository=down)
    assert run("init", repository, sidecar).returncode == 1
    assert not list(web.glob("charts/*"))
