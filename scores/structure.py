"""Structure: negation and its like on given mentions, sections, drugs with doses and dates of whole letters, speed.

Sets: scores/sets/qualifiers/ and scores/sets/letters/ (shapes in sets/README.md). A mention is given, not found; only
its status is asked for. Peer on the same mentions, when it is installed: edsnlp, in an environment of its own (it
brings pandas and pyarrow), whose interpreter is named in EDSNLP_PYTHON.
"""

from __future__ import annotations

import csv
import difflib
import json
import os
import re
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dictation.domain.documents import FindingKind, Report, SectionKind, Sidecar
from dictation.structure import structure
from dictation.structure.facts import Fact
from dictation.structure.lexicon import fold
from dictation.structure.negation import qualify
from dictation.structure.pipeline import facts_of
from scores.phrases import SETS
from scores.table import Row
from transcribe.transcript import Transcript, Word

PEER = Path(__file__).with_name("edsnlp_peer.py")
STATUSES = (("negated", "≥ 0,90"), ("hypothesis", "≥ 0,75"), ("family", ""), ("past", ""), ("planned", ""))
NEAR = 0.85  # likeness of a sentence and its gold: some numbers may be written otherwise
LONG = 500  # words of the letter whose time is taken


@dataclass(frozen=True, slots=True)
class Mention:
    sentence: str
    surface: str
    start: int  # character of the sentence
    status: str  # "" when stated about the patient now


def rows(which: str) -> list[Row]:
    return [*_qualifier_rows(which), *_letter_rows(which), _speed(which)]


def mentions(which: str) -> list[Mention]:
    found: list[Mention] = []
    for path in sorted((SETS / "qualifiers").glob(f"*{which}*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            kept = (line for line in lines if not line.startswith("#"))
            for row in csv.DictReader(kept, delimiter="\t", quoting=csv.QUOTE_NONE):
                sentence, surface = row["sentence"], row["surface"]
                starts = [m.start() for m in re.finditer(re.escape(surface), sentence)]
                found.append(Mention(sentence, surface, starts[int(row["occurrence"] or 0)], row["status"] or ""))
    return found


def status_of(mention: Mention) -> str:
    """What our rules say of a given mention; its kind is that of the finding there, when there is one."""
    text, end = mention.sentence.replace("'", "’"), mention.start + len(mention.surface)
    there = [f.kind for f in facts_of(text, SectionKind.COURSE) if f.start < end and mention.start < f.end]
    named = frozenset({FindingKind.DIAGNOSIS, FindingKind.DRUG, FindingKind.ALLERGY})
    known: list[FindingKind] = [kind for kind in there if kind in named]
    fact = Fact(known[0] if known else FindingKind.PROCEDURE, mention.start, end, "given")
    qualify(text, [fact], SectionKind.COURSE)
    return "negated" if fact.negated else fact.status


def _qualifier_rows(which: str) -> list[Row]:
    given = mentions(which)
    if not given:
        return [Row("negation, given mentions, F1", f"{which}, no set", "not measured", "≥ 0,90")]
    ours, peer = [status_of(mention) for mention in given], _peer(given)
    gold = [mention.status for mention in given]
    return [
        Row(
            f"{status}, given mentions, F1",
            f"{which}, {gold.count(status)} of {len(given)} mentions",
            _f1(_hits(gold, ours, status)),
            target,
            f"edsnlp\u00a0: {_f1(_hits(gold, peer, status))}"
            if peer and status != "planned"
            else "",  # it has no such status
        )
        for status, target in STATUSES
    ]


def _hits(gold: list[str], said: list[str], status: str) -> tuple[int, int, int]:
    """Right, wrongly said, missed."""
    pairs = list(zip(gold, said, strict=True))
    right = sum(g == s == status for g, s in pairs)
    return right, sum(s == status != g for g, s in pairs), sum(g == status != s for g, s in pairs)


def _f1(hits: tuple[int, int, int]) -> str:
    right, wrong, missed = hits
    return f"{2 * right / (2 * right + wrong + missed):.2f}".replace(".", ",") if right else "0"


def _peer(given: list[Mention]) -> list[str]:
    """edsnlp's status of the same mentions; [] when no interpreter that has it is named."""
    python = os.environ.get("EDSNLP_PYTHON", "")
    if not python:
        return []
    asked = json.dumps([[m.sentence, m.start, m.start + len(m.surface)] for m in given])
    answer = subprocess.run([python, str(PEER)], input=asked, capture_output=True, text=True, check=True)
    said: list[str] = json.loads(answer.stdout.splitlines()[-1])
    return said


def _letter_rows(which: str) -> list[Row]:
    folders = sorted(path.parent for path in (SETS / "letters" / which).glob("*/gold.json"))
    targets = {"section of a sentence": "≥ 0,92", "drug + dose, F1": "≥ 0,97", "dates, F1": "≥ 0,96"}
    if not folders:
        return [Row(measure, f"{which}, no set", "not measured", target) for measure, target in targets.items()]
    right = asked = 0
    drugs, dates = [0, 0, 0], [0, 0, 0]
    for folder in folders:
        gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
        report = structure(spoken(folder / "spoken.txt"), _sidecar(gold))
        kinds = {_bare(s.text): section.kind.value for section in report.sections for s in section.sentences}
        right += sum(_kind_of(text, kinds) == kind for text, kind in gold["sentences"])
        asked += len(gold["sentences"])
        _add(drugs, {_key(drug) for drug in gold["drugs"]}, {_key(drug) for drug in _drugs(report)})
        _add(dates, {_bare(text) for text in gold["dates"]}, {_bare(text) for text in _dates(report)})
    on = f"{which}, {len(folders)} letters"
    values = [
        f"{right / asked:.2f}".replace(".", ","),
        _f1((drugs[0], drugs[1], drugs[2])),
        _f1((dates[0], dates[1], dates[2])),
    ]
    return [Row(m, on, value, target) for (m, target), value in zip(targets.items(), values, strict=True)]


def _kind_of(text: str, kinds: dict[str, str]) -> str | None:
    """The section where a sentence stands; « deux » or « 2 » is the affair of the normalise set, not of this one."""
    near = difflib.get_close_matches(_bare(text), kinds, n=1, cutoff=NEAR)
    return kinds[near[0]] if near else None


def _add(counts: list[int], gold: set[object], found: set[object]) -> None:
    for place, part in enumerate((gold & found, found - gold, gold - found)):
        counts[place] += len(part)


def _drugs(report: Report) -> Iterable[list[str]]:
    for f in report.findings:
        if f.kind is FindingKind.DRUG:
            yield [f.value("resembles") or f.value("drug") or "", f.value("dose") or "", f.value("unit") or ""]


def _dates(report: Report) -> Iterable[str]:
    kinds = (FindingKind.DATE, FindingKind.BIRTH_DATE)
    return (f.text for f in report.findings if f.kind in kinds and f.rule_id != "date.clock")


def _key(drug: list[str]) -> tuple[str, ...]:
    """« unités » or UI, « 1 000 » or « 1000 » are one dose: how it is written is the affair of the normalise set."""
    name, *dose = (fold(part) for part in drug)
    return name, *("ui" if part in ("unite", "unites") else re.sub(r"\s", "", part) for part in dose)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def _sidecar(gold: dict[str, str]) -> Sidecar | None:
    from datetime import date

    day = gold.get("visit_date")
    return Sidecar(author="", visit_date=date.fromisoformat(day)) if day else None


def spoken(file: Path) -> Transcript:
    """A dictated text as a transcript: words at an even pace, every one heard well."""
    words = file.read_text(encoding="utf-8").split()
    return _transcript(words)


def _transcript(words: list[str]) -> Transcript:
    heard = tuple(Word(word, n * 0.4, n * 0.4 + 0.35, 1.0) for n, word in enumerate(words))
    return Transcript(heard, len(words) * 0.4, "fr", "text", "none", "0" * 64)


def _speed(which: str) -> Row:
    """CPU seconds for a letter of LONG words, sample dictations end to end, once everything is loaded."""
    cases = Path(__file__).resolve().parents[1] / "tests" / "cases"
    words = [word for file in sorted(cases.glob("*/spoken.txt")) for word in file.read_text(encoding="utf-8").split()]
    structure(_transcript(words))  # loads what there is to load
    taken = []
    for start in (0, 250, 500):
        began = time.process_time()
        structure(_transcript(words[start : start + LONG]))
        taken.append(time.process_time() - began)
    value = f"{sorted(taken)[1]:.2f} s".replace(".", ",")
    return Row(f"structure of {LONG} words, CPU", "sample dictations, median of 3", value, "≤ 0,3 s")
