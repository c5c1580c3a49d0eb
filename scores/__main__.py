"""`python -m scores [MEASURE ...] [--set dev|test]`: run measures, print the table, keep it in scores/results/.

Only whole runs on the test sets are kept: a run on the development sets, or of some measures, is printed alone.
"""

from __future__ import annotations

import argparse
import importlib
from datetime import UTC, datetime
from pathlib import Path

from scores.table import Row, as_markdown

MEASURES = ("recognition", "normalise", "commands", "structure", "doubts", "by_hand", "secretary")
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("measures", nargs="*", default=MEASURES, metavar="MEASURE", help=", ".join(MEASURES))
    p.add_argument("--set", choices=("dev", "test"), default="test")
    a = p.parse_args()
    rows: list[Row] = []
    for name in a.measures:
        rows += importlib.import_module(f"scores.{name}").rows(a.set)
    table = as_markdown(rows)
    print(table)
    if a.set == "test" and tuple(a.measures) == MEASURES:
        today = datetime.now(UTC).date().isoformat()
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{today}.md").write_text(f"# Scores of {today}\n\n`make scores`\n\n{table}", encoding="utf-8")


if __name__ == "__main__":
    main()
