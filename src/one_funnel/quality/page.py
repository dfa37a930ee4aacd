"""The audit as one page that opens without a network."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from one_funnel.quality.audit import Audit


def render_page(audit: Audit) -> str:
    """The audit as HTML: a verdict, then each mart with its checks."""
    environment = Environment(
        loader=PackageLoader("one_funnel.quality"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    marts = [
        (mart, list(results))
        for mart, results in groupby(audit.results, key=lambda result: result.mart)
    ]
    return environment.get_template("data_quality.html").render(
        audit=audit, marts=marts
    )


def write_pages(audit: Audit, folder: Path) -> tuple[Path, Path]:
    """Write `data_quality.html` and `data_quality.json`, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "data_quality.html"
    page.write_text(render_page(audit), encoding="utf-8")
    document = folder / "data_quality.json"
    document.write_text(audit.as_json() + "\n", encoding="utf-8")
    return page, document
