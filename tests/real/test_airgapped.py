"""
Clusters without a way to public registries: after one rule, no chart names one of them any more, or
a warning says so. The search knows nothing of kmod-post: it looks through all texts of the output
for the hosts of known registries.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import corpus
import pytest
from runs import output, run_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oracle import GoReader

CHARTS = [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in corpus.files()]
MIRROR = "mirror.example.com"
REGISTRIES = (
    *("docker.io", "quay.io", "ghcr.io", "gcr.io", "pkg.dev", "registry.k8s.io", "public.ecr.aws"),
    *("mcr.microsoft.com", "nvcr.io", "docker.elastic.co", "registry.gitlab.com", "lscr.io"),
    *("container-registry.oracle.com", "registry.access.redhat.com", "registry.redhat.io"),
    *("registry.connect.redhat.com", "cr.fluentbit.io", "reg.kyverno.io", "xpkg.upbound.io"),
    *("xpkg.crossplane.io", "oci.external-secrets.io", "docker.n8n.io", "cr.l5d.io", "icr.io"),
    *("cr.weaviate.io", "cr.kgateway.dev", "registry.opensource.zalan.do"),
)
_HOSTS = "|".join(map(re.escape, REGISTRIES))
_NAMED = re.compile(rf"(?<![\w.-])(?:[\w-]+\.)*(?:{_HOSTS})(?=[/:]|$)")
_WORD = re.compile(r"[^\s\"'`,;()<>\[\]{}=]+")
RULES = {
    "one glob": '"*": {registry: mirror.example.com, anywhere: true}',
    "each registry": "".join(
        f'"{host}/*": {{registry: mirror.example.com, anywhere: true}}, ' for host in REGISTRIES
    )
    + '"*": {registry: mirror.example.com}',
}


def texts_of(data: Any, *, is_schema: bool) -> Iterator[str]:
    """All texts in an object; in a schema, all but the descriptions."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, item in data.items():
            if not (is_schema and key == "description" and isinstance(item, str)):
                yield from texts_of(item, is_schema=is_schema)
    elif isinstance(data, list):
        for item in data:
            yield from texts_of(item, is_schema=is_schema)


def public_names(text: str) -> Iterator[str]:
    """The hosts of public registries that a text names, without addresses of web pages."""
    for word in _WORD.findall(text):
        if "://" not in word and f"{MIRROR}/" not in word:
            yield from _NAMED.findall(word)


def images_of(data: Any) -> Iterator[str]:
    """The images of all containers."""
    if isinstance(data, dict):
        for key, item in data.items():
            if key.endswith("ontainers") and isinstance(item, list):
                yield from (one["image"] for one in item if "image" in one)
            yield from images_of(item)
    elif isinstance(data, list):
        for item in data:
            yield from images_of(item)


@corpus.needed
@pytest.mark.parametrize("entries", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("path", CHARTS)
def test_nothing_public_is_left_unsaid(path: Path, entries: str, go: GoReader) -> None:
    """In each text, each registry is gone, or a warning counts it; the output stays as it is."""
    rules = f"""
rules:
  mirror:
    match: {{kind: ["*", CustomResourceDefinition], hooks: include}}
    accept: [finds-nothing, config-without-rollout]
    images: {{{entries}}}
"""
    done = run_text(rules, path.read_bytes().decode())
    assert output(run_text(rules, output(done))) == output(done)
    counted: Counter[str] = Counter()
    for one in done.warnings:
        found = re.match(r"(an|\d+) images? of (.*) stays? as", one.text)
        if one.id == "images-left-behind" and found:
            for host in found[2].split(" and "):
                counted[host] += 1 if found[1] == "an" else int(found[1])
    objects = [one for one in go.read_all([output(done)], "stream")[0] if one is not None]
    left = Counter(
        host
        for obj in objects
        for text in texts_of(obj, is_schema=obj["kind"] == "CustomResourceDefinition")
        for host in set(public_names(text))
    )
    assert all(counted[host] >= count for host, count in left.items()), (left, counted)
    assert {image for obj in objects for image in images_of(obj) if MIRROR not in image} == set()


def test_the_search_finds_what_is_public() -> None:
    """A search that finds nothing would say nothing."""
    named = [
        *("quay.io/a/b:1", "--image=docker.io/a", "1=ghcr.io/a/b:1,2=x", '{"image":"gcr.io/a:1"}'),
        *("us-docker.pkg.dev/a/b:1", "index.docker.io/library/redis", "hub: quay.io", "quay.io"),
    ]
    assert [text for text in named if not [*public_names(text)]] == []
    others = ["https://quay.io/a/b", f"{MIRROR}/quay.io/a", "myquay.io.example.com/a", "redis:7"]
    assert [text for text in others if [*public_names(text)]] == []
