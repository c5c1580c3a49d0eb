"""What a secretary would have written stays as it is: the phrases of the sets that were written against the rules."""

from __future__ import annotations

import csv

import pytest

from dictation.structure import normalise
from scores.phrases import SETS, even

with (SETS / "normalise" / "dev.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["id"][0] == "S"]


def test_the_set_is_there() -> None:
    assert len(ROWS) == 360


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_what_a_secretary_would_have_written_stays(row: dict[str, str]) -> None:
    written = row["written"].replace("\\n", "\n")
    assert even(normalise(written)) == even(written)


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_second_reading_changes_nothing(row: dict[str, str]) -> None:
    once = normalise(row["spoken"])
    assert even(normalise(once)) == even(once)
