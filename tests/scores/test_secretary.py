"""The scripted secretary counts what a person would press, and plants errors that are in the letter."""

from __future__ import annotations

from scores.doubts import SETS, drafted, sidecar_of
from scores.planting import Planted
from scores.secretary import ERRORS, corrections_of, with_errors, worked_by_ear, worked_by_points

LETTER = sorted((SETS / "dev").glob("*/spoken.txt"))[0]
SIDECAR = sidecar_of(LETTER.parent)
CLEAN = tuple(LETTER.read_text(encoding="utf-8").split())


def test_every_error_planted_is_one_of_the_letter_and_stands_where_it_is_said_to() -> None:
    planted = with_errors(CLEAN, SIDECAR, "a seed")
    assert len(planted) == ERRORS
    assert len({one.kind for one in planted}) == ERRORS
    for one in planted:
        new = one.told.split(" -> ")[1].split()
        assert not new or list(planted[-1].words[one.first : one.first + len(new)]) == new
    assert corrections_of(drafted(CLEAN, SIDECAR), drafted(planted[-1].words, SIDECAR))


def test_a_letter_without_errors_costs_one_look_at_each_point_and_the_end() -> None:
    draft = drafted(CLEAN, SIDECAR)
    nothing = Planted("side", CLEAN, 0, 0, "")
    assert worked_by_points(draft, draft, [nothing]).strokes == 1 + 2 * len(draft.doubts)
    heard = worked_by_ear(draft, draft, 0, 60.0)
    assert (heard.strokes, heard.seconds) == (2, 60.0)


def test_to_correct_costs_the_way_there_and_the_letters() -> None:
    planted = with_errors(CLEAN, SIDECAR, "a seed")
    before, after = drafted(CLEAN, SIDECAR), drafted(planted[-1].words, SIDECAR)
    ear = worked_by_ear(before, after, len(planted), 60.0)
    assert ear.strokes >= 2 + sum(3 + len(one.typed) for one in corrections_of(before, after))
    assert worked_by_points(before, after, planted).corrected <= ERRORS
