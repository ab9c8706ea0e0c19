"""`kmod-post schema`: the releases of Kubernetes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import KmodPost


def definitions(kmod_post: KmodPost, *args: str) -> dict[str, Any]:
    """The definitions of the schema that the program prints."""
    done = kmod_post("schema", *args)
    assert (done.returncode, done.stderr) == (0, b"")
    found: dict[str, Any] = json.loads(done.stdout)["definitions"]
    return found


def test_a_release_has_its_fields_and_kinds(kmod_post: KmodPost) -> None:
    """Image volumes came with 1.31, rules for restarts and resource.k8s.io/v1 with 1.34."""
    old, new = (definitions(kmod_post, "--kubernetes", f"1.{minor}") for minor in (30, 34))

    assert "image" not in old["volume"]["properties"]
    assert "image" not in old["Volume"]["properties"]
    assert "restartPolicyRules" not in old["sidecar"]["properties"]
    assert "container.restartPolicyRules" not in old
    assert "ResourceClaim.v1" not in old
    assert "image" in new["volume"]["properties"]
    assert "restartPolicyRules" in new["sidecar"]["properties"]
    assert "ResourceClaim.v1" in new


def test_without_a_release_all_are_there(kmod_post: KmodPost) -> None:
    """A description says which releases have a field."""
    found = definitions(kmod_post)

    source = found["Volume"]["properties"]["image"]
    assert source["description"].endswith(". Since Kubernetes 1.31.")
    described = definitions(kmod_post, "--kubernetes", "1.31")["Volume"]["properties"]["image"]
    assert source["description"].startswith(described["description"])
    assert "Since" not in described["description"]


@pytest.mark.parametrize("text", ["v1.34", "1.34.2", "v1.34.2-eks-1", "1.34"])
def test_a_release_may_be_written_as_kubectl_prints_it(kmod_post: KmodPost, text: str) -> None:
    """With a v, and with the rest of the version."""
    assert definitions(kmod_post, "--kubernetes", text) == definitions(
        kmod_post, "--kubernetes=1.34"
    )


@pytest.mark.parametrize("text", ["1.28", "1.99", "34", "1", "", "1.x", "2.30"])
def test_another_release_is_refused(kmod_post: KmodPost, text: str) -> None:
    """In one line that names those it knows."""
    done = kmod_post("schema", "--kubernetes", text)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        f"schema: --kubernetes {text}: must be a release from 1.29 to 1.37;"
        " leave it out for all of them\n"
    )
