"""What a sentence denies, supposes or tells of a relative is never taken for a fact about the patient.

Sentences: negation.txt, in marked text; adding one needs no Python.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.facts import Fact
from dictation.structure.negation import qualify

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
    given = [Fact(FindingKind.DIAGNOSIS, place, place + len(words), "given") for words, _, place in expected]
    qualify(plain, given, SectionKind.COURSE)
    for (words, status, _), fact in zip(expected, given, strict=True):
        assert ("absent" if fact.negated else STATUS[fact.status]) == status, words
