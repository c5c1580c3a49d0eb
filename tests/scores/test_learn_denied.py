"""What is counted in a letter: the names it denies, and those its clauses open with."""

from __future__ import annotations

import pytest

from dictation.draft.doubts.context import rows
from dictation.draft.doubts.seldom_stated import LETTERS, OFTENER, names_in
from scores import learn_denied

LETTER = (
    "Pas d’autre lésion, sans fièvres ni contre-indication. Absence de toux ; nodule à droite, une masse.\n"
    "Aucune allergie. Il y a un kyste, œdème absent."
)


def test_names_are_counted_as_denied_or_as_stated() -> None:
    denied, stated = names_in(LETTER)
    assert denied == {"lesion", "fievre", "contre indication", "toux"}  # an allergy has rules of its own
    assert stated == {"nodule", "masse", "kyste"}


def test_a_text_is_read_with_what_the_others_teach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn_denied, "texts", lambda: ["Pas de kyste.", "Aucun kyste.", "Kyste rénal."])
    assert learn_denied.left_out() == (0.0, 1.0)  # each denial has one other beside one statement, the statement two
    monkeypatch.setattr(learn_denied, "texts", lambda: ["Pas de kyste.", "Aucun kyste.", "Sans kyste."])
    assert learn_denied.left_out() == (1.0, 0.0)


def test_the_table_holds_what_the_rule_can_use() -> None:
    table = rows("denied_counts")
    assert len(table) > 100
    assert all(int(denied) >= max(LETTERS, OFTENER * int(stated)) for _, denied, stated in table)
