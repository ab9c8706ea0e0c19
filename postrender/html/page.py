"""
The whole page: summary, errors, warnings, the documents that differ, the rules.

It is one file that loads nothing and runs nothing; the same run gives the same bytes.
"""

from __future__ import annotations

from postrender.errors import message
from postrender.html.frame import frame
from postrender.html.markup import SIGNS, items, mark, plural, text
from postrender.html.sections import article, row, sections
from postrender.reports.masking import legend
from postrender.reports.references import key_of, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postrender.data import Object
    from postrender.engine.run import Result
    from postrender.errors import Message
    from postrender.html.sections import Section
    from postrender.kubernetes.objects import Workloads
    from postrender.stream.text import Stream


AS_WANTED, MATCHED = "already as the rule wants it", "matched"
# Longer lists are closed at first; a printed page shows them in full.
_MANY = 8


def page(
    report: Object,
    stream: Stream,
    result: Result,
    workloads: Workloads,
    file: str,
    *,
    show_scripts: bool = False,
) -> str:
    """
    The page of a run that has succeeded, from its report (see `report.Watcher`) and its result.
    `file` is the name that messages about the stream use, `-` for standard input.
    """
    found = sections(stream, result, workloads, show_scripts=show_scripts)
    shown = _Page(report, result.warnings, found, file)
    shown.legend = legend(show_scripts=show_scripts)
    return shown.html()


def page_of_failure(report: Object, errors: Iterable[Message], file: str) -> str:
    """The page of a run that has failed: the errors, and what each rule found before."""
    return _Page(report, errors, [], file).html()


class _Page:
    """The parts of one page."""

    def __init__(
        self, report: Object, messages: Iterable[Message], found: list[Section], file: str
    ) -> None:
        self.report = report
        # The errors of a run that has failed, the warnings of another.
        self.messages = [one.in_file(file) for one in messages]
        self.sections = found
        self.file = file
        self.failed = report["outcome"] == "failed"
        self.known = {rule["name"] for rule in report["rules"]}
        self.legend = ""
        self.places = {
            (name, section.line): section.ident for section in found for name in section.objects
        }

    def html(self) -> str:
        """The HTML of the whole page."""
        parts = [self.header(), self.errors(), self.warnings(), self.documents(), self.rules()]
        body = "\n".join(part for part in parts if part)
        title = f"kmod-post: {self.summary()}"
        return frame(title, body, self.legend, self.report["kmodPost"])

    # The top

    def summary(self) -> str:
        """The result of the run, in a few words."""
        if self.failed:
            return "the run has failed"
        counts = [(count, what) for what, count in self.report["summary"].items() if count]
        if not counts:
            return "the rules change nothing"
        (count, what), *others = counts
        return ", ".join([f"{plural(count, 'document')} {what}", *(f"{n} {w}" for n, w in others)])

    def header(self) -> str:
        """The title, the counts, and links to the sections."""
        report = self.report
        source = "" if self.file == "-" else f" in <code>{text(self.file)}</code>"
        warnings = report.get("warnings", [])
        links = [
            ("errors", plural(len(report["errors"]), "error"), report["errors"]),
            ("warnings", plural(len(warnings), "warning"), warnings),
            ("documents", plural(len(self.sections), "document"), self.sections),
            ("rules", plural(len(report["rules"]), "rule"), report["rules"]),
        ]
        entries = "".join(
            f'<li class="{ident}"><a href="#{ident}"><b>{words.split()[0]}</b> '
            f"{words.split()[1]}</a></li>"
            for ident, words, found in links
            if found
        )
        title = "The run has failed" if self.failed else "What the rules change"
        first = self.summary()
        line = (
            f"{first[0].upper()}{first[1:]}{source}."
            if not self.failed
            else (
                f"Nothing was rendered{source}: below is why, and what each rule found until then."
            )
        )
        return (
            f'<header><p class="brand">kmod-post</p><h1>{title}</h1>'
            f'<p>{line}</p><nav aria-label="On this page"><ul>{entries}</ul></nav></header>\n'
            '<main id="main" tabindex="-1">'
        )

    def errors(self) -> str:
        """Why the run has failed."""
        return self.section("errors", "Why", self.messages) if self.failed else ""

    def warnings(self) -> str:
        """The warnings, and which texts could not be edited in place."""
        report = self.report
        rewritten = [
            message(
                f"{entry['path'] or 'all of it'} was reformatted, without its comments",
                "look at its diff",
                subject=entry["object"],
            )
            for entry in report.get("printedAnew", [])
        ]
        warnings = [] if self.failed else self.messages
        return self.section("warnings", "Warnings", warnings) + self.section(
            "anew", "Reformatted", rewritten
        )

    def section(self, ident: str, title: str, messages: list[Message]) -> str:
        """A list of messages as a section; empty without messages."""
        found = items(self.alike(messages), "messages")
        return f'<section id="{ident}"><h2>{title}</h2>{found}</section>' if found else ""

    def alike(self, messages: list[Message]) -> list[str]:
        """The messages; equal ones about several objects become one that names them all."""
        known: dict[str, list[str]] = {}
        for (name, _), ident in self.places.items():
            known.setdefault(name, []).append(ident)
        groups: dict[Message, list[str]] = {}
        for one in messages:
            name = one.subject if one.subject in known else ""
            rest = one.replaced(subject="") if name else one
            groups.setdefault(rest, []).append(name)
        return [
            _message(one, [_link(name, known.get(name, [])) for name in names if name])
            for one, names in groups.items()
        ]

    # The documents

    def documents(self) -> str:
        """A table of the documents, then each of them."""
        if not self.sections:
            return ""
        rows = "".join(row(section, self.rule_link) for section in self.sections)
        articles = "\n".join(article(section, self.rule_link) for section in self.sections)
        return (
            '<section id="documents"><h2>Documents</h2><div class="scroll" tabindex="0" '
            'role="group" aria-label="All documents that differ"><table><thead><tr>'
            '<th scope="col">Document</th><th scope="col">What</th><th scope="col">By</th>'
            f'<th scope="col" class="number">Lines</th></tr></thead><tbody>{rows}</tbody></table>'
            f"</div>\n{articles}</section>"
        )

    def rule_link(self, name: str) -> str:
        """The name of a rule, as a link to its article."""
        ident = f"rule-{name}" if name in self.known else "resources"
        return f'<a class="rule" href="#{text(ident)}">{text(name)}</a>'

    # The rules

    def rules(self) -> str:
        """Every rule, then the objects under `resources:`, then the disabled rules."""
        articles = [self.rule(rule) for rule in self.report["rules"]]
        resources = self.report.get("resources", [])
        if resources:
            objects = items(self.object(change["object"]) for change in resources)
            articles.append(f'<article id="resources"><h3>resources</h3>{objects}</article>')
        disabled = ", ".join(f"<code>{text(n)}</code>" for n in self.report.get("disabled", []))
        if disabled:
            articles.append(f'<p class="quiet">Switched off: {disabled}</p>')
        return (
            f'<section id="rules"><h2>Rules</h2>{"".join(articles)}</section>' if articles else ""
        )

    def rule(self, rule: Object) -> str:
        """What one rule is for, and what it did."""
        facts = {
            "matches": text(rule["match"]),
            "expects": text(rule["expect"]),
            "does": ", ".join(f"<code>{text(verb)}</code>" for verb in rule["verbs"]),
            "stands in": f"<code>{text(rule['place'])}</code>",
        }
        if rule["warnings"]:
            facts["warnings"] = f'<a href="#warnings">{len(rule["warnings"])}</a>'
        listed = "".join(f"<div><dt>{key}</dt><dd>{fact}</dd></div>" for key, fact in facts.items())
        about = f"<p>{text(rule['description'])}</p>" if rule["description"] else ""
        changed = {key_of(change["object"]) for change in rule["changes"]}
        same = [ref for ref in rule["matched"] if key_of(ref) not in changed]
        skipped = list(map(self.skipped, rule["skipped"]))
        if "skippedMore" in rule:
            skipped.append(f"{rule['skippedMore']} more")
        lists = [
            ("changed", list(map(self.change, rule["changes"]))),
            (MATCHED if self.failed else AS_WANTED, list(map(self.object, same))),
            ("passed over", skipped),
            ("near", list(map(text, rule["nearMisses"]))),
        ]
        if not rule["matched"]:
            about += '<p class="quiet">It matches no object of the stream.</p>'
        folded = "".join(_folded(what, entries) for what, entries in lists if entries)
        return (
            f'<article id="rule-{text(rule["name"])}"><h3>{text(rule["name"])}</h3>{about}'
            f"<dl>{listed}</dl>{folded}</article>"
        )

    def change(self, change: Object) -> str:
        """An object and the fields of it that a rule has changed."""
        fields = (
            f'<b class="{field["what"]}">{SIGNS[field["what"]]}</b> '
            f"<code>{text(field['path'])}</code>"
            for field in change["fields"]
        )
        what = "" if change["what"] == "changed" else f" {mark(change['what'])}"
        return f"{self.object(change['object'])}{what}{items(fields, 'fields')}"

    def skipped(self, entry: Object) -> str:
        """An object that a rule has skipped, and why."""
        return f"{self.object(entry['object'])}: {text(entry['reason'])}"

    def object(self, ref: Object) -> str:
        """An object, as a link if the page has an article on it."""
        name = name_of(ref)
        ident = self.places.get((name, ref.get("line")))
        shown = _link(name, [ident] if ident else [])
        return f"{shown} <small>{text(ref['source'])}</small>" if ref.get("source") else shown


def _message(one: Message, objects: Sequence[str]) -> str:
    """A message in its parts, with the objects that it is about."""
    where = one.where
    place = f"<code>{text(where)}</code> " if where and where.line else ""
    lead = f"{where}: " if where and not where.line else ""
    about = f" <span>{', '.join(objects)}</span>" if objects else ""
    advice = f" <i>{text(one.advice)}</i>" if one.advice else ""
    tail = f" <small>{text(one.tail.strip())}</small>" if one.tail else ""
    return f"{place}{text(lead + one.what)}{advice}{about}{tail}"


def _link(name: str, idents: list[str]) -> str:
    """The name of an object, as a link if exactly one article on the page is about it."""
    return f'<a href="#{idents[0]}">{text(name)}</a>' if len(idents) == 1 else text(name)


def _folded(what: str, entries: list[str]) -> str:
    """A list under its title and the number of its entries; closed if it is long."""
    is_open = " open" if len(entries) <= _MANY else ""
    return (
        f"<details{is_open}><summary>{text(what)} <small>{len(entries)}</small></summary>"
        f"{items(entries)}</details>"
    )
