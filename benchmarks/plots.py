"""Curves as SVG, for the pages below docs/explanation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

COLOURS = ("#0b5fff", "#7aa7ff", "#d9480f", "#5f3dc4", "#2b8a3e", "#868e96")


SHARES = {0.0: "0%", 0.25: "25%", 0.5: "50%", 0.75: "75%", 1.0: "100%"}


def plot(
    path: Path,
    title: str,
    labels: Sequence[str],
    curves: Mapping[str, Sequence[float]],
    ticks: Mapping[float, str] = SHARES,
) -> None:
    """Lines over labels, from 0 to the last tick; a curve may end before the last label."""
    most = max(ticks)
    width, height, left, top, bottom = 720, 320, 50, 34, 60
    across = (width - left - 20) / (len(labels) - 1)
    across_y = height - top - bottom
    box = f"0 0 {width} {height + 20 * len(curves)}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img">',
             f"<title>{title}</title>", '<rect width="100%" height="100%" fill="#fff"/>',
             '<g font-family="sans-serif" font-size="12" fill="#222">', f'<text x="{left}" y="18">{title}</text>',
             ]  # fmt: skip
    for tick, text in ticks.items():
        y = top + (1 - tick / most) * across_y
        parts.append(f'<line x1="{left}" x2="{width - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    for index, label in enumerate(labels):
        parts.append(
            f'<text x="{left + index * across:.1f}" y="{height - bottom + 18}" text-anchor="middle">{label}</text>'
        )
    for index, (name, values) in enumerate(curves.items()):
        points = " ".join(
            f"{left + place * across:.1f},{top + (1 - value / most) * across_y:.1f}"
            for place, value in enumerate(values)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[index]}" stroke-width="2"/>')
        y = height - 18 + 20 * index
        parts.append(
            f'<line x1="{left}" x2="{left + 24}" y1="{y}" y2="{y}" stroke="{COLOURS[index]}" stroke-width="2"/>'
        )
        parts.append(f'<text x="{left + 30}" y="{y + 4}">{name}</text>')
    path.write_text("\n".join([*parts, "</g>", "</svg>", ""]), encoding="utf-8")
