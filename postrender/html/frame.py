"""The frame of a page: what is around its contents, the same for every page."""

from __future__ import annotations

from importlib.resources import files

from postrender.html.markup import text
from postrender.reports.masking import MASK


def frame(title: str, body: str, legend: str, version: str) -> str:
    """
    The HTML of a whole page. `body` begins with its header and has an open `<main>`; the legend of
    masked values is shown where there are any.
    """
    style = files("postrender.html").joinpath("style.css").read_text(encoding="utf-8")
    about = f"{text(legend)}. " if MASK in body and legend else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # Nothing may be loaded or run, whatever the texts of a chart contain.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the contents</a>\n'
        + body
        + f"\n</main>\n<footer>{about}kmod-post {text(version)}</footer>\n"
        "</body>\n</html>\n"
    )
