from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import ROOT

from postrender.html.markup import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import KmodPost

    Page = Callable[..., str]

CHART = ROOT / "charts" / "example-nginx"
RENDERED = CHART / "rendered" / "helm3.yaml"
STYLE = (ROOT / "postrender" / "html" / "style.css").read_text()
WAYS = sorted(path.stem for path in (CHART / "kmod").iterdir())
RULES = "rules: {a: {match: {kind: %s}, labels: {team: web}}}\n"


@pytest.fixture
def page(kmod_post: KmodPost, tmp_path: Path) -> Page:
    """The page for some rules and a stream."""

    def run(rules: str | Path, stream: str | Path = RENDERED, *, code: int = 0) -> str:
        if isinstance(rules, str):
            (tmp_path / "kmod.yaml").write_text(rules)
            rules = tmp_path / "kmod.yaml"
        if isinstance(stream, str):
            (tmp_path / "rendered.yaml").write_text(stream, encoding="utf-8")
            stream = tmp_path / "rendered.yaml"
        file = tmp_path / "report.html"
        done = kmod_post("explain", "-f", rules, "--html", file, stream)
        assert (done.returncode, done.stdout) == (code, b""), done.stderr
        return file.read_text(encoding="utf-8")

    return run


class Outline(HTMLParser):
    """What a page holds: its ids, links and tags; that every tag is closed is looked at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.attributes: set[str] = set()
        self.tags: set[str] = set()
        self.labels: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag and its attributes."""
        known = dict(attrs)
        if tag != "meta":
            self.open.append(tag)
        self.tags.add(tag)
        self.attributes.update(known)
        self.ids += [str(known["id"])] if "id" in known else []
        self.links += [str(known["href"])] if "href" in known else []
        self.labels += str(known.get("aria-labelledby") or "").split()
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that closes itself."""
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Closes the tag that was opened last, and no other."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("way", WAYS)
def test_the_page_stands_alone(page: Page, way: str) -> None:
    """Nothing is loaded, nothing runs; every link leads to one place on the page."""
    html = page(CHART / "kmod" / f"{way}.yaml")
    outline = Outline(html)

    assert outline.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form", "base"})
    assert outline.attributes.isdisjoint({"src", "style", "srcset", "xlink:href"})
    assert not [name for name in outline.attributes if name.startswith("on")]
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert "default-src 'none'" in html
    assert len(outline.ids) == len(set(outline.ids))
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert set(outline.labels) <= set(outline.ids)


@pytest.mark.parametrize("way", WAYS)
def test_headings_make_an_outline(page: Page, way: str) -> None:
    """One first heading, and no level is left out: so readers of screens find their way."""
    found = Outline(page(CHART / "kmod" / f"{way}.yaml")).headings

    assert found.count(1) == 1
    assert found[0] == 1
    for last, this in pairwise(found):
        assert this <= last + 1


def test_the_same_run_gives_the_same_bytes(kmod_post: KmodPost) -> None:
    """The page holds no time and no order of chance."""
    rules = CHART / "kmod" / "sidecar.yaml"
    first, second = (
        kmod_post("explain", "-f", rules, "--html", "-", RENDERED, env={"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    )

    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert first.stdout.startswith(b"<!doctype html>")


def test_standard_output_is_wanted_once(kmod_post: KmodPost) -> None:
    """The page and the JSON cannot both go there; each may go elsewhere."""
    rules = CHART / "kmod" / "sidecar.yaml"
    done = kmod_post("explain", "-f", rules, "--html", "-", "--json", RENDERED)

    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--html - and --json" in done.stderr


def test_a_page_that_cannot_be_written(kmod_post: KmodPost, tmp_path: Path) -> None:
    """The message names the file and what to do."""
    rules = CHART / "kmod" / "sidecar.yaml"
    done = kmod_post("explain", "-f", rules, "--html", tmp_path, RENDERED)

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().endswith("cannot be written (is a directory); name another file\n")


def test_rules_that_change_nothing(page: Page) -> None:
    """The page says so, and has no documents."""
    html = page("rules: {a: {match: {kind: DaemonSet}, expect: any, labels: {a: b}}}")

    assert "The rules change nothing" in html
    assert "<article id=" in html
    assert 'id="documents"' not in html
    assert "<svg" not in html


def test_a_run_that_fails(page: Page) -> None:
    """The page says why, and what the rules found until then."""
    html = page("rules: {a: {match: {name: exampel-nginx}, labels: {a: b}}}", code=1)

    assert "The run has failed" in html
    assert 'id="errors"' in html
    assert "nearest: Deployment/example-nginx" in html


def test_what_is_said_of_many_objects_is_said_once(page: Page) -> None:
    """A warning of several objects names them all, each as a link to what it is about."""
    pods = "---\n".join(
        f"kind: Pod\napiVersion: v1\nmetadata: {{name: {name}}}\nspec: {{containers: []}}\n"
        for name in "ab"
    )
    html = page("rules: {a: {sidecars: {s: {native: true, image: s}}, match: {}}}", pods)
    (said,) = re.findall('<ul class="messages">(.*?)</ul>', html)

    assert said.count("native sidecars need") == 1
    assert '<a href="#document-1">Pod/a</a>, <a href="#document-2">Pod/b</a>' in said
    assert "<b>1</b> warning<" in html


def test_a_name_within_a_message_is_not_what_it_is_about(page: Page) -> None:
    """Warnings are grouped by their object, also if another object's name is in their text."""
    pods = "---\n".join(
        f"kind: Pod\napiVersion: v1\nmetadata: {{name: {name}}}\nspec: {{containers: []}}\n"
        for name in "abc"
    )
    html = page(
        'rules: {r: {match: {kind: Pod, name: [b, c]}, accept: [invalid-name], sidecars: {"s: Pod/a": '
        "{native: true, image: s}}}, x: {match: {kind: Pod}, labels: {team: web}}}",
        pods,
    )
    (said,) = re.findall('<ul class="messages">(.*?)</ul>', html)

    assert said.count("<li>") == 1
    assert "container s: Pod/a: native sidecars need" in said
    assert '<a href="#document-2">Pod/b</a>, <a href="#document-3">Pod/c</a></span>' in said
    assert "#document-1" not in said


def test_documents_that_come_and_go(page: Page) -> None:
    """Both are in the table and have a diff; what a rule brought leads to that rule."""
    html = page(
        """\
rules:
  gone: {match: {kind: Service}, remove: true}
resources: {map: {apiVersion: v1, kind: ConfigMap, metadata: {name: map}, data: {a: b}}}
"""
    )

    assert "1 document added, 1 removed" in html
    assert re.search('#document-[12]">Service/example-nginx</a>.*?removed</b>.*?#rule-gone', html)
    assert re.search('#document-[12]">ConfigMap/map</a>.*?new</b>.*?#resources', html)


def test_texts_of_a_chart_are_only_texts(page: Page) -> None:
    """Nothing in a chart becomes a part of the page, nothing in it hides."""
    stream = """\
kind: Service
apiVersion: v1
metadata: {name: a</title><script>alert(1)</script>"'&lt;}
spec: {a: "</pre><img src=x>", b: "<!--", c: "\u202egnp"}
"""
    html = page(RULES % "Service", stream)
    outline = Outline(html)

    assert outline.tags.isdisjoint({"script", "img"})
    assert "\u202e" not in html
    assert "\\u202egnp" in html
    assert text("a</title><script>alert(1)</script>\"'&lt;") in html


def test_values_of_secrets_are_hidden(page: Page) -> None:
    """A Secret's keys are shown, its values are not."""
    stream = """\
kind: Secret
apiVersion: v1
metadata: {name: web}
stringData: {password: hunter2-0c6d}
"""
    html = page(RULES % "Secret", stream)

    assert "password" in html
    assert "hunter2" not in html


def test_messages_name_the_streams_file(page: Page) -> None:
    """What a message calls standard input is its file; a chart's text is not touched."""
    stream = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {a: <stdin>}\n"

    assert text("data: {a: <stdin>}") in page(RULES % "ConfigMap", stream)


# Colours


def colours(block: str) -> dict[str, str]:
    """The colours of one scheme."""
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def brightness(colour: str) -> float:
    """The relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("number", "name"), list(enumerate(["light", "dark", "print"])))
def test_every_text_can_be_read(number: int, name: str) -> None:
    """Text stands out from its ground at least 4.5 to 1 (WCAG 2.2, 1.4.3) in every scheme."""
    known = colours(STYLE.split(":root {")[number + 1].partition("}")[0])
    grounds = {
        "ink": ("page", "panel", "added-strong", "removed-strong", "changed-page", "removed-page"),
        "quiet": ("page", "panel", "changed-page", "removed-page", "added-page"),
        "link": ("page", "panel", "changed-page", "removed-page"),
        "added": ("page", "panel", "added-page"),
        "changed": ("page", "panel", "changed-page"),
        "removed": ("page", "panel", "removed-page"),
    }
    for front, backs in grounds.items():
        for back in backs:
            low, high = sorted(brightness(known[colour]) for colour in (front, back))
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{name}: {front} on {back}"
