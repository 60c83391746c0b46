"""The picture of the report: each peer's time over Rondo's, for every row."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

import roster
from measure import Outcome

COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#b09500", "#8c564b"]
ROW, LEFT, RIGHT, TOP, WIDTH = 20, 190, 20, 70, 900


def picture(outcomes: list[Outcome]) -> str:
    """An SVG with a line for each row and a dot for each peer; the axis is logarithmic."""
    rows = []
    for outcome in outcomes:
        timed = outcome.timed()
        if "rondo" in timed:
            rows.append((f"{outcome.row.group} {outcome.row.name}",
                         {label: result.median / timed["rondo"].median for label, result in timed.items()
                          if label != "rondo"}))
    peers = list(dict.fromkeys(label for _, ratios in rows for label in ratios))
    colors = {label: COLORS[index % len(COLORS)] for index, label in enumerate(peers)}
    values = [value for _, ratios in rows for value in ratios.values()] or [1]
    low, high = min(0.5, *values) * 0.9, max(2, *values) * 1.1

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(value / low) / math.log(high / low)

    bottom = TOP + ROW * len(rows)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 40}" width="{WIDTH}" '
             f'height="{bottom + 40}" font-family="sans-serif" font-size="11">',
             f'<rect width="{WIDTH}" height="{bottom + 40}" fill="white"/>']
    for index, label in enumerate(peers):
        column, line = index % 3, index // 3
        left, y = 20 + column * 290, 18 + 16 * line
        parts.append(f'<circle cx="{left}" cy="{y - 4}" r="4" fill="{colors[label]}"/><text x="{left + 9}" y="{y}">'
                     f'{escape(roster.TITLES.get(label, label).replace("`", ""))}</text>')
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if low <= tick <= high]
    for tick in ticks:
        color, width = ("black", 1.5) if tick == 1 else ("#dddddd", 1)
        parts.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 5}" y2="{bottom}" stroke="{color}" '
                     f'stroke-width="{width}"/><text x="{x(tick):.1f}" y="{bottom + 15}" text-anchor="middle">'
                     f'{tick:g}</text>')
    parts.append(f'<text x="{x(1):.1f}" y="{bottom + 32}" text-anchor="middle">time over Rondo\'s; right of 1, Rondo is '
                 'quicker</text>')
    for index, (name, ratios) in enumerate(rows):
        middle = TOP + ROW * index + ROW / 2
        parts.append(f'<text x="{LEFT - 10}" y="{middle + 4:.1f}" text-anchor="end">{escape(name)}</text>')
        parts += [f'<circle cx="{x(value):.1f}" cy="{middle:.1f}" r="4" fill="{colors[label]}" fill-opacity="0.85"/>'
                  for label, value in ratios.items()]
    return "\n".join([*parts, "</svg>"]) + "\n"
