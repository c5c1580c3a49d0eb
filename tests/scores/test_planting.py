"""The planted errors are errors, and are counted as raised only when a point stands at them."""

from __future__ import annotations

import pytest

from scores import doubts
from scores.planting import KINDS, plants

LETTER = doubts.SETS / "dev" / "own-01-prothese-hanche" / "spoken.txt"


def test_every_kind_of_error_is_planted_and_changes_the_words() -> None:
    text = LETTER.read_text(encoding="utf-8")
    made = plants(text, doubts.sidecar_of(LETTER.parent), doubts.A_LETTER, "seed")
    assert len(made) == doubts.A_LETTER
    assert {plant.kind for plant in made} == set(KINDS)
    for plant in made:
        assert list(plant.words) != text.split()
        assert 0 <= plant.first <= plant.last < len(plant.words)
    assert made == plants(text, doubts.sidecar_of(LETTER.parent), doubts.A_LETTER, "seed")


@pytest.mark.parametrize("kind", ["dose", "unit", "name"])
def test_figures_and_people_are_always_raised(kind: str) -> None:
    text, sidecar = LETTER.read_text(encoding="utf-8"), doubts.sidecar_of(LETTER.parent)
    before = doubts.drafted(tuple(text.split()), sidecar)
    plant = next(plant for plant in plants(text, sidecar, doubts.A_LETTER, "seed") if plant.kind == kind)
    after = doubts.drafted(plant.words, sidecar)
    assert doubts.is_raised(plant, before.doubts, after.doubts), plant.told


def test_a_point_the_clean_letter_has_too_catches_nothing() -> None:
    text, sidecar = LETTER.read_text(encoding="utf-8"), doubts.sidecar_of(LETTER.parent)
    plant = next(plant for plant in plants(text, sidecar, doubts.A_LETTER, "seed") if plant.kind == "dose")
    after = doubts.drafted(plant.words, sidecar)
    assert after.doubts and not doubts.is_raised(plant, after.doubts, after.doubts)


def test_what_was_lost_leaves_its_time_empty_and_the_rest_keeps_its_own() -> None:
    clean = ["point", "pas", "de", "fièvre", "virgule", "pas", "d'angor", "point"]
    times = {word.text: word.start for word in doubts.evenly(clean)}
    lost = doubts.said_as(clean, ["point", "fièvre", "virgule", "pas", "d'angor", "point"])
    assert [word.start for word in lost[1:3]] == [times["fièvre"], times["virgule"]]
    assert lost[1].start - lost[0].end > 2 * doubts.PACE
    left = doubts.said_as(clean, ["point", "pas", "de", "fièvre", "virgule", "angor", "point"])
    assert left[5].text == "angor" and left[5].start == times["d'angor"]


def test_words_heard_for_others_share_their_time() -> None:
    clean = ["bisoprolol", "deux", "virgule", "cinq", "milligrammes", "le", "matin"]
    heard = doubts.said_as(clean, ["bisoprolol", "25", "milligrammes", "le", "matin"])
    assert heard[1].start == doubts.evenly(clean)[1].start
    assert heard[2].start == doubts.evenly(clean)[4].start


@pytest.mark.parametrize(
    "text",
    [
        "pas de fièvre virgule pas de toux point",
        "Pas de fièvre, pas de toux.",
        "plaie superficielle sans écoulement et sans contact osseux point",
    ],
)
def test_a_denial_that_stays_denied_loses_no_pas_alone(text: str) -> None:
    sidecar = doubts.sidecar_of(LETTER.parent)
    lost = [plant for plant in plants(text, sidecar, 12, "seed") if plant.kind == "negation" and plant.first >= 3]
    assert lost
    assert not [plant.told for plant in lost if plant.told in ("pas -> ", "sans -> ")]
