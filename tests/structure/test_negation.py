"""What a sentence denies, supposes or tells of a relative is never taken for a fact about the patient.

Sentences: negation.txt, in marked text; adding one needs no Python.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dictation.domain.documents import SectionKind
from dictation.structure.pipeline import facts_of

MARK = re.compile(r"<(absent|present|suspected|family|past)>(.*?)</\1>")
LINES = [
    line
    for line in Path(__file__).with_name("negation.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
STATUS = {"hypothesis": "suspected", "family": "family", "past": "past", "planned": "present", "": "present"}


@pytest.mark.parametrize("line", LINES)
def test_each_mention_has_the_status_people_read(line: str) -> None:
    expected, plain, at = [], "", 0
    for match in MARK.finditer(line):
        plain += line[at : match.start()]
        expected.append((match[2], match[1], len(plain)))
        plain, at = plain + match[2], match.end()
    plain += line[at:]
    facts = facts_of(plain, SectionKind.COURSE)
    for words, status, place in expected:
        found = [fact for fact in facts if fact.start <= place < fact.end]
        assert found, f"« {words} » was not found"
        assert {"absent" if fact.negated else STATUS[fact.status] for fact in found} == {status}, words
