"""The page of figures, docs/performance.md: each benchmark has a place of its own in it, between two markers."""

from processes import ROOT

PAGE = ROOT / "docs" / "performance.md"


def write(name: str, figures: str) -> None:
    """Put the figures between the markers `name`."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, _, tail = rest.partition(end)
    PAGE.write_text(f"{head}{begin}\n{figures}\n{end}{tail}", encoding="utf-8")
