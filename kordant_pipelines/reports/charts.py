"""Geometry of the charts, in SVG user units; the template draws it.

Every mark carries its number as text, and the levels differ in lightness as in colour, so that a
chart says the same on a printer without colours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kordant_pipelines.domain.reports.model import TrendPoint
from kordant_pipelines.domain.reports.score import FULL, Factor

LEVELS = (Factor.CRITICAL, Factor.HIGH, Factor.MEDIUM, Factor.LOW)
WIDTH, HEIGHT = 240.0, 120.0
_TOP, _BOTTOM, _SIDE = 16.0, 20.0, 6.0
_LOW = 15  # below it a label would run into the axis
_LABELS = 8  # more do not fit side by side
_GAUGE_FROM, _GAUGE_SWEEP = 135.0, 270.0  # degrees, clockwise from the right


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a column."""

    factor: Factor
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A period's column; `total` is None where no check had been made."""

    point: TrendPoint
    x: float
    width: float
    top: float
    total: int | None
    segments: tuple[Segment, ...]
    labelled: bool

    @property
    def middle(self) -> float:
        """Where its labels stand."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Dot:
    """A period's score on the line."""

    point: TrendPoint
    x: float
    y: float
    score: int
    label_y: float


def columns(trend: Sequence[TrendPoint]) -> list[Column]:
    """Open findings, a column a period, the most urgent at the foot."""
    totals = [None if p.counts is None else sum(p.counts[f] for f in LEVELS) for p in trend]
    scale = _room() / max(1, *(total or 0 for total in totals))
    step = (WIDTH - 2 * _SIDE) / len(trend)
    every = 1 if len(trend) <= _LABELS else 2
    drawn: list[Column] = []
    for place, (point, total) in enumerate(zip(trend, totals, strict=True)):
        foot = HEIGHT - _BOTTOM
        segments: list[Segment] = []
        for factor in LEVELS:
            height = (point.counts or {}).get(factor, 0) * scale
            foot -= height
            if height:
                segments.append(Segment(factor, foot, height))
        width = min(step * 0.62, 34.0)
        x = _SIDE + step * place + (step - width) / 2
        labelled = (len(trend) - 1 - place) % every == 0  # the last one always
        drawn.append(Column(point, x, width, foot, total, tuple(segments), labelled))
    return drawn


def dots(trend: Sequence[TrendPoint]) -> list[Dot]:
    """The score, a dot a period that has one; the axis runs from 0 to 100."""
    step = (WIDTH - 2 * _SIDE) / len(trend)
    drawn: list[Dot] = []
    before: int | None = None
    for place, point in enumerate(trend):
        if point.score is not None:
            y = level(point.score)
            # Beside a line that comes from above there is room below only.
            fell = before is not None and point.score < before and point.score >= _LOW
            drawn.append(
                Dot(point, _SIDE + step * (place + 0.5), y, point.score, y + 13 if fell else y - 7)
            )
        before = point.score
    return drawn


def level(score: float) -> float:
    """Where a score lies on the axis."""
    return HEIGHT - _BOTTOM - _room() * score / FULL


def gauge(value: int, radius: float = 52.0, centre: float = 64.0) -> str:
    """The path of an arc that is full at 100; a point at 0."""
    sweep = _GAUGE_SWEEP * min(max(value, 0), FULL) / FULL
    x1, y1 = _on_circle(centre, radius, _GAUGE_FROM)
    x2, y2 = _on_circle(centre, radius, _GAUGE_FROM + sweep)
    return f"M{x1:.2f} {y1:.2f}A{radius:g} {radius:g} 0 {int(sweep > 180)} 1 {x2:.2f} {y2:.2f}"


def _on_circle(centre: float, radius: float, degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return centre + radius * math.cos(angle), centre + radius * math.sin(angle)


def _room() -> float:
    return HEIGHT - _TOP - _BOTTOM
