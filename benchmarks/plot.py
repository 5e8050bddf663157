"""A bar chart of CPU time a request, ours and the peer's, as SVG."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

BAR, GAP, LABEL, WIDTH = 14, 16, 210, 760
OURS, PEER, TEXT = "#1a7f5a", "#b8b8b8", "#333333"


def _bar(top: int, value: float, scale: float, colour: str, note: str) -> str:
    length = max(1.0, value * scale)
    return (
        f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'
        f'<text x="{LABEL + length + 6:.1f}" y="{top + BAR - 3}" fill="{TEXT}">{escape(note)}</text>'
    )


def bars(rows: Sequence[tuple[str, float, float]]) -> str:
    """Return the chart of (call, our microseconds, the peer's microseconds)."""
    scale = (WIDTH - LABEL - 130) / max(peer for _, _, peer in rows)
    height = len(rows) * (2 * BAR + GAP) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="20" fill="{TEXT}">CPU microseconds a request: Strongroom (green) and moto_server (grey)</text>',
    ]
    for number, (name, ours, peer) in enumerate(rows):
        top = 34 + number * (2 * BAR + GAP)
        parts.append(f'<text x="10" y="{top + BAR + 4}" fill="{TEXT}">{escape(name)}</text>')
        parts.append(_bar(top, ours, scale, OURS, f"{ours:.0f} ({peer / ours:.0f} times less)"))
        parts.append(_bar(top + BAR, peer, scale, PEER, f"{peer:.0f}"))
    return "\n".join([*parts, "</svg>", ""])
