"""`kmod-post plugin`: the files of each host, from the package."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hosts.programs import ROOT

import postrender

if TYPE_CHECKING:
    from conftest import KmodPost

PLUGINS = ROOT / "postrender" / "plugins"
HOSTS = ["argocd", "helm", "helmfile", "kustomize"]


def files(folder: Path) -> dict[str, bytes]:
    """Path in a folder to content."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_there_is_a_folder_for_each_host() -> None:
    """The hosts that the command knows are those that the package has files for."""
    assert sorted(path.name for path in PLUGINS.iterdir()) == HOSTS


@pytest.mark.parametrize("host", HOSTS)
def test_it_writes_the_files_of_a_host(kmod_post: KmodPost, tmp_path: Path, host: str) -> None:
    """The files are written as they are in the package, and printed; a second run is no error."""
    folder = tmp_path / "a" / "b"
    for _ in range(2):
        done = kmod_post("plugin", host, "--to", folder)
        assert done.returncode == 0, done.stderr
        written = done.stdout.decode().splitlines()
        assert [Path(name) for name in written] == sorted(
            p for p in folder.rglob("*") if p.is_file()
        )
        assert files(folder) == files(PLUGINS / host)


@pytest.mark.parametrize("host", HOSTS)
def test_scripts_can_be_started(kmod_post: KmodPost, tmp_path: Path, host: str) -> None:
    """What begins with `#!` is executable, in the package and where it is written to."""
    assert kmod_post("plugin", host, "--to", tmp_path).returncode == 0
    for folder in (PLUGINS / host, tmp_path):
        for path in folder.rglob("*"):
            if path.is_file():
                assert os.access(path, os.X_OK) == path.read_bytes().startswith(b"#!"), path


def test_a_file_that_differs_is_kept(kmod_post: KmodPost, tmp_path: Path) -> None:
    """What a user has changed is not written over, and nothing else is written, without --force."""
    (tmp_path / "plugin.yaml").write_text("mine\n")
    done = kmod_post("plugin", "argocd", "--to", tmp_path)
    assert done.returncode == 1
    assert not done.stdout
    message = f"{tmp_path}/plugin.yaml: exists and differs; move it away, or give --force\n"
    assert done.stderr.decode() == message
    assert files(tmp_path) == {"plugin.yaml": b"mine\n"}
    assert kmod_post("plugin", "argocd", "--to", tmp_path, "--force").returncode == 0
    assert files(tmp_path) == files(PLUGINS / "argocd")


def test_a_folder_that_cannot_be_written_to_is_said(kmod_post: KmodPost, tmp_path: Path) -> None:
    """An error names the place and the reason."""
    (tmp_path / "file").write_text("")
    done = kmod_post("plugin", "helm", "--to", tmp_path / "file")
    assert done.returncode == 1
    assert re.fullmatch(
        r".*/file.*: cannot be written \(.+\); choose another folder\n", done.stderr.decode()
    )


def test_an_empty_helm_plugins_is_found_out(kmod_post: KmodPost) -> None:
    """`--to "$(helm env HELM_PLUGINS)/kmod-post"` where Helm is missing writes nothing below /."""
    for folder in ("/kmod-post", "//kmod-post", "/./kmod-post/", "/a/../kmod-post", "/"):
        done = kmod_post("plugin", "helm", "--to", folder, "--force")
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.decode() == (
            f'--to {folder}: HELM_PLUGINS came out empty; see what "helm env HELM_PLUGINS" prints\n'
        )
    assert not Path("/kmod-post").exists()


@pytest.mark.parametrize("host", ["argocd", "helmfile", "kustomize"])
def test_an_empty_variable_is_found_out(kmod_post: KmodPost, host: str) -> None:
    """Other hosts' files are not written right below / either, nor just anywhere."""
    name = f"kmod-post-of-{host}"
    done = kmod_post("plugin", host, "--to", f"/{name}")
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"--to /{name}: the part before the last / is empty; " in done.stderr.decode()
    assert not Path(f"/{name}").exists()
    done = kmod_post("plugin", host, "--to", "")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("--to: it is empty; ")


def test_links_are_not_written_through(kmod_post: KmodPost, tmp_path: Path) -> None:
    """Not even by --force; a link to an equal file is fine, and so is a link to the folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "precious").write_text("mine\n")
    (folder / "plugin.yaml").symlink_to("../precious")
    for words in ([], ["--force"]):
        done = kmod_post("plugin", "argocd", "--to", folder, *words)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.decode() == (
            f"{folder}/plugin.yaml: it is a symbolic link to something else; remove the link\n"
        )
        assert os.listdir(folder) == ["plugin.yaml"]
    assert (tmp_path / "precious").read_text() == "mine\n"
    (tmp_path / "precious").unlink()
    assert kmod_post("plugin", "argocd", "--to", folder, "--force").returncode == 1
    assert not (tmp_path / "precious").exists()

    (tmp_path / "precious").write_bytes((PLUGINS / "argocd" / "plugin.yaml").read_bytes())
    (tmp_path / "link").symlink_to("folder")
    assert kmod_post("plugin", "argocd", "--to", tmp_path / "link").returncode == 0
    assert (folder / "plugin.yaml").is_symlink()
    assert files(folder) == files(PLUGINS / "argocd")


def test_rules_are_not_written_over(kmod_post: KmodPost, tmp_path: Path) -> None:
    """A rules file or lock file that has the name of one of the files stays, also by --force."""
    rules = tmp_path / "kmod-rules.yaml"
    rules.write_text("rules: {}\n")
    env = {"KMOD_POST_RULES": str(rules)}
    done = kmod_post("plugin", "kustomize", "--to", ".", "--force", cwd=tmp_path, env=env)
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"--to kmod-rules.yaml: it is the rules file {rules}; " in done.stderr.decode()
    assert files(tmp_path) == {"kmod-rules.yaml": b"rules: {}\n"}


def test_equal_files_are_not_touched(kmod_post: KmodPost, tmp_path: Path) -> None:
    """A second run writes only what is missing: a file, or the right to run it."""
    kmod_post("plugin", "argocd", "--to", tmp_path)
    before = (tmp_path / "plugin.yaml").stat()
    (tmp_path / "sidecar.yaml").unlink()
    (tmp_path / "kmod-post-argocd").chmod(0o644)
    assert kmod_post("plugin", "argocd", "--to", tmp_path).returncode == 0
    after = (tmp_path / "plugin.yaml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert files(tmp_path) == files(PLUGINS / "argocd")
    assert os.access(tmp_path / "kmod-post-argocd", os.X_OK)


def test_the_repository_has_the_same_helm_plugin() -> None:
    """plugin.yaml at the root, which `helm plugin install` of the repository reads, is the same."""
    assert (ROOT / "plugin.yaml").read_bytes() == (PLUGINS / "helm" / "plugin.yaml").read_bytes()


def test_all_versions_are_one() -> None:
    """The package, its metadata and the Helm plugin have one version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    plugin = yaml.safe_load((ROOT / "plugin.yaml").read_text())
    assert plugin["version"] == project["version"] == postrender.__version__


def test_the_tarball_is_what_helm_expects(tmp_path: Path) -> None:
    """NAME-VERSION.tgz with a folder NAME of plain files, the same bytes each time."""
    for folder in ("one", "two"):
        done = subprocess.run(
            [ROOT / "scripts" / "package-plugin", tmp_path / folder], capture_output=True,
            text=True, check=True, cwd=tmp_path,
        )  # fmt: skip
        name = f"kmod-post-{postrender.__version__}.tgz"
        assert done.stdout == f"{tmp_path / folder / name}\n"
    assert files(tmp_path / "one") == files(tmp_path / "two")
    with tarfile.open(tmp_path / "one" / name) as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == [
        "kmod-post",
        "kmod-post/LICENSE",
        "kmod-post/plugin.yaml",
    ]
    assert all(member.isfile() or member.isdir() for member in members)
