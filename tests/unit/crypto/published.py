"""Reading the files of the cryptography_vectors package."""

import re
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors

ROOT = Path(cryptography_vectors.__file__).parent


def blocks(path: str) -> Iterator[dict[str, str]]:
    """Yield the `name = value` or `name: value` groups of a file, and the section headings as `heading`."""
    found: dict[str, str] = {}
    heading = ""
    for line in (ROOT / path).read_text("latin-1").splitlines():
        if line.startswith("["):
            heading = line.strip("[]")
        elif match := re.match(r"(\w+)\s*[:=]\s*(.*)", line):
            if match[1] in found:
                yield {**found, "heading": heading}
                found = {}
            found[match[1]] = match[2].strip()
        elif not line.strip() and found:
            yield {**found, "heading": heading}
            found = {}
    if found:
        yield {**found, "heading": heading}
