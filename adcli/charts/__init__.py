"""Charts with two logarithmic axes, for a terminal and as SVG: nothing here knows what is plotted.

`model` says what a chart is and where its axes end, `words` breaks text into lines, and `text` and
`svg` draw.
"""

from .model import Chart, Curve
from .svg import svg_chart
from .text import text_chart

__all__ = ["Chart", "Curve", "svg_chart", "text_chart"]
