"""Writes the generated pages: docs/coverage.md, docs/settings.md and docs/aws-divergences.md. `--check` only compares."""

import sys
from pathlib import Path

from strongroom.app.services import SERVICES
from strongroom.config import PREFIX, Settings
from strongroom.edge.coverage import coverage

DOCS = Path(__file__).resolve().parents[1] / "docs"


def settings_page() -> str:
    """Return the table of all settings."""
    lines = [
        "# Settings",
        "",
        "Generated from the code by `make coverage-docs`.",
        "",
        "| Setting | Variable | Default | What it does |",
        "| --- | --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `{name.replace('_', '-')}` | `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def divergences_page() -> str:
    """Return the differences from AWS, put together from one file for each part."""
    parts = [path.read_text(encoding="utf-8").strip() for path in sorted((DOCS / "aws-divergences.d").glob("*.md"))]
    head = "# Where Strongroom differs from AWS"
    origin = "Put together by `make coverage-docs` from docs/aws-divergences.d/. Everything else is meant to be as on AWS."
    return "\n\n".join([head, origin, *parts]) + "\n"


PAGES = {"coverage.md": lambda: coverage(SERVICES), "settings.md": settings_page, "aws-divergences.md": divergences_page}


def main() -> int:
    """Write the pages, or say which of them is out of date."""
    stale = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run make coverage-docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
