"""Compose: the one place that picks concrete parts and joins them.

Settings in; an Installation out, whose parts are made when first asked for: listing the worklist loads no recogniser.
Everything else in the program gets what it needs as arguments and could be joined otherwise.

One file a side: ground.py (settings, store), hearing.py, writing.py, sending.py, keeping.py; installation.py joins.
"""

from dictation.compose.ground import now
from dictation.compose.installation import Installation

__all__ = ["Installation", "now"]
