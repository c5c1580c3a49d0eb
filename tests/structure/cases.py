"""The cases as people read them: one folder each, and how a Report is written down there.

`python -m tests.structure.cases` writes report.json and letter.txt anew from spoken.txt and sidecar.json: read the
difference as a secretary would before keeping it.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from dictation.domain.codec import from_plain
from dictation.domain.documents import Draft, Report, Sidecar
from dictation.draft import write
from dictation.structure import structure
from tests.structure.spoken import transcript_of

CASES = Path(__file__).resolve().parents[1] / "cases"


def folders() -> list[Path]:
    return sorted(path.parent for path in CASES.glob("*/spoken.txt"))


def sidecar_of(folder: Path) -> Sidecar:
    plain = json.loads((folder / "sidecar.json").read_text(encoding="utf-8"))
    return from_plain(Sidecar, {key: value for key, value in plain.items() if key not in ("version", "$schema")})


@functools.cache
def made_from(folder: Path) -> tuple[Report, Draft]:
    """What structure and draft make of a case heard without a fault."""
    transcript = transcript_of((folder / "spoken.txt").read_text(encoding="utf-8"))
    sidecar = sidecar_of(folder)
    report = structure(transcript, sidecar)
    return report, write(report, sidecar, sidecar.letter_type, transcript)


def readable(report: Report, draft: Draft) -> dict[str, Any]:
    """Report and doubts without places and times: what a person checks."""
    return {
        "letter_type_said": report.letter_type,
        "to_the_secretary": [aside.text for aside in report.asides],
        "sections": [{"kind": s.kind, "title": s.title, "text": s.text} for s in report.sections],
        "findings": [
            {
                "section": report.sections[f.section].kind if f.section >= 0 else None,
                "kind": f.kind,
                "text": f.text,
                **({"negated": True} if f.negated else {}),
                **dict(f.values),
            }
            for f in report.findings
        ],
        "points_to_check": [f"{doubt.risk.name}: {doubt.reason}" for doubt in draft.doubts],
    }


def written_down(report: Report, draft: Draft) -> str:
    """report.json: one finding a line, so that a changed line is a changed fact."""
    plain = json.loads(json.dumps(readable(report, draft), ensure_ascii=False))
    parts = []
    for key, value in plain.items():
        if isinstance(value, list) and value:
            lines = ",\n    ".join(json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f"  {json.dumps(key)}: [\n    {lines}\n  ]")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    for case in folders():
        its_report, its_draft = made_from(case)
        (case / "report.json").write_text(written_down(its_report, its_draft), encoding="utf-8")
        (case / "letter.txt").write_text(its_draft.text() + "\n", encoding="utf-8")
