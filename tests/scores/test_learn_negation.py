"""Learning from the letters which clauses remain of a lost denial."""

from __future__ import annotations

from scores.learn_negation import examples, folded, learn

_DENYING = ["examen", "point", "pas", "de", "fièvre", "point", "abdomen", "souple", "point"]


def test_a_clause_speaks_against_and_what_remains_of_a_denial_for() -> None:
    seen = list(examples(0, _DENYING))
    assert sum(one.share for one in seen if one.lost) == 1.0  # all ways to lose one denial together
    assert {"word fievre"} <= {f for one in seen if one.lost for f in one.features}
    assert {"word souple"} <= {f for one in seen if not one.lost for f in one.features}
    assert all("word pas" not in one.features for one in seen)


def test_what_is_denied_weighs_more_than_what_is_stated() -> None:
    given = [one for letter in range(6) for one in examples(letter, _DENYING)]
    known = learn(given)
    assert known["word fievre"] > 0 > known["word souple"]
    won, false = folded(given, 3)
    assert won > 0.5 and false == 0
