"""The page of `explain --html` in a real browser: what is drawn, and where links and keys lead."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from paths import ROOT
from tools import needs, path_of

if TYPE_CHECKING:
    from conftest import KmodPost

CHART = ROOT / "charts" / "example-nginx"
BROWSER = path_of("chromium")

pytestmark = needs("chromium")

# As much as a pod can have: long names, every kind of container, volumes without mounts.
STREAM = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a-database-with-a-name-that-is-much-longer-than-most-of-them}
spec:
  volumeClaimTemplates: [{metadata: {name: data-of-the-database-itself}}]
  template:
    spec:
      initContainers:
        - {name: wait, image: busybox}
        - name: a-container-that-has-a-rather-long-name-of-its-own
          image: registry.example.com/platform/databases/postgresql/tools:16.4.0-debian-12-r14
          volumeMounts: [{name: data-of-the-database-itself, mountPath: /bitnami/postgresql}]
      containers:
        - name: database
          image: registry.example.com/platform/databases/postgresql/server:16.4.0-debian-12-r14
          volumeMounts:
            - {name: data-of-the-database-itself, mountPath: /bitnami/postgresql}
            - name: settings-that-come-from-a-secret
              mountPath: /opt/bitnami/postgresql/conf/conf.d/extended/settings.conf
              subPath: settings.conf
              readOnly: true
            - {name: token, mountPath: /var/run/secrets}
      volumes:
        - {name: settings-that-come-from-a-secret, secret: {secretName: settings-of-the-database}}
        - {name: claimed, persistentVolumeClaim: {claimName: a-claim-of-somebody-else}}
        - {name: token, projected: {sources: []}}
"""
RULES = """\
rules:
  everything:
    match: {}
    description: Of everything a bit.
    initContainers:
      first: {image: busybox, position: first, mounts: {/token: token}}
    sidecars:
      a-native-sidecar-with-a-long-name-as-well: {native: true, image: busybox}
      another: {image: busybox, mounts: {/logs: logs}}
    containers:
      database: {env: {A: b, C: d}, image: busybox, tty: true, mounts: {/logs: logs}}
    volumes: {logs: {emptyDir: {}}}
    pod: {priorityClassName: high, hostNetwork: true}
    podAnnotations: {a-rather-long-prefix.of.some.company.example.com/annotation: b}
  labels:
    match: {}
    labels: {team: databases}
"""
# What a person would do, and see: every text is within its box, every link leads to a place that
# is then the target, every fold opens and closes, the keyboard comes everywhere.
PROBE = """\
<script>
const found = {outside: [], links: [], folds: [], focus: []};
for (const words of document.querySelectorAll("svg text")) {
  const own = words.getBBox();
  const rect = words.parentNode.querySelector("rect") || words.ownerSVGElement;
  const box = rect.getBBox();
  if (own.x < box.x - 0.5 || own.x + own.width > box.x + box.width + 0.5 ||
      own.y < box.y - 0.5 || own.y + own.height > box.y + box.height + 0.5)
    found.outside.push(words.textContent);
}
for (const link of document.querySelectorAll("a")) {
  link.click();
  const target = document.querySelector(":target");
  found.links.push([link.getAttribute("href"), target ? "#" + target.id : null]);
}
for (const summary of document.querySelectorAll("summary")) {
  const was = summary.parentNode.open;
  summary.click();
  found.folds.push(summary.parentNode.open !== was);
  summary.parentNode.open = true;
}
for (const item of document.querySelectorAll("a, summary, [tabindex='0']")) {
  item.focus({focusVisible: true});
  // A browser without a screen may not have the focus itself; then it shows none.
  const shown = !document.hasFocus() || getComputedStyle(item).outlineStyle === "solid";
  found.focus.push(document.activeElement === item && shown);
}
found.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
found.pictures = document.querySelectorAll("svg").length;
found.page = getComputedStyle(document.body).backgroundColor;
const told = document.createElement("pre");
told.id = "found";
told.textContent = JSON.stringify(found);
document.body.append(told);
</script>
"""
POLICY = re.compile(r"<meta http-equiv=[^>]*>\n")


def browse(page: Path, *options: str) -> str:
    """Opens a page, runs what is in it, and gives what has become of it."""
    command = [
        *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        *(f"--user-data-dir={page.parent / 'profile'}", *options, page.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return done.stdout.decode()


@pytest.fixture
def page(kmod_post: KmodPost, tmp_path: Path) -> Path:
    """The page for the stream above."""
    file = tmp_path / "report.html"
    (tmp_path / "kmod.yaml").write_text(RULES)
    done = kmod_post(
        "explain", "-f", tmp_path / "kmod.yaml", "--html", file, stdin=STREAM, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    return file


def probed(page: Path, *options: str) -> dict[str, Any]:
    """What the probe finds on a copy of the page on which it may run."""
    html, policies = POLICY.subn("", page.read_text(encoding="utf-8"))
    assert policies == 1
    copy = page.with_name("probed.html")
    copy.write_text(html.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    shown = browse(copy, "--dump-dom", *options)
    found: dict[str, Any] = json.loads(
        unescape(shown.split('<pre id="found">')[1].split("</pre>")[0])
    )
    return found


@pytest.mark.parametrize("width", [pytest.param(1300, id="wide"), pytest.param(500, id="narrow")])
@pytest.mark.parametrize(
    ("scheme", "colour"),
    [
        pytest.param(1, "rgb(255, 255, 255)", id="light"),
        pytest.param(0, "rgb(19, 22, 27)", id="dark"),
    ],
)
def test_the_page_can_be_seen_and_used(page: Path, width: int, scheme: int, colour: str) -> None:
    """Nothing runs out of its box, links and folds work, focus is seen; in light and dark."""
    found = probed(
        page,
        f"--window-size={width},1000",
        f"--blink-settings=preferredColorScheme={scheme}",
    )

    assert found["pictures"] == 2
    assert found["outside"] == []
    assert found["links"]
    assert [link for link in found["links"] if link[0] != link[1]] == []
    assert all(found["folds"])
    assert all(found["focus"])
    assert found["wide"] is False
    assert found["page"] == colour


def test_nothing_runs_on_the_page(page: Path) -> None:
    """A script that got into the page, in spite of all, would not run."""
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")

    assert '<pre id="found">' not in browse(page, "--dump-dom")


def test_the_page_can_be_photographed_and_printed(page: Path) -> None:
    """Both give a file with something in it."""
    picture, paper = page.with_name("page.png"), page.with_name("page.pdf")

    browse(page, f"--screenshot={picture}", "--window-size=1300,2000")
    browse(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")

    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 50_000
    assert paper.read_bytes().startswith(b"%PDF")


def test_paper_shows_what_is_folded(page: Path) -> None:
    """Diffs and lists that are closed on the screen are open on paper."""
    html = page.read_text(encoding="utf-8")
    closed = page.with_name("closed.html")
    closed.write_text(html.replace('<details class="diff" open>', '<details class="diff">'))
    sizes = []
    for file in (page, closed):
        paper = file.with_suffix(".pdf")
        browse(file, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
        sizes.append(len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())))

    assert sizes[0] == sizes[1]
    assert sizes[0] > 1
