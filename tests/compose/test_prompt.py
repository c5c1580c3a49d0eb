"""What the recogniser reads before it listens: doctors and kind of letter, never the patient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictation.compose import Installation
from dictation.domain.documents import LetterType
from dictation.errors import NotAllowed
from dictation.settings import AuthorEntry
from tests.ledgers import drafted, sidecar


def test_the_letter_and_its_doctors_are_named_and_the_patient_is_not(home, ledger, clock):
    about = replace(sidecar(name="ZAVIALOV"), letter_type=LetterType.OPERATION)
    author = AuthorEntry(rpps=about.author, last_name="Morel", first_name="Claire")
    installation = Installation(home.model_copy(update={"authors": [author]}))
    installation.vocabulary.add(["urétéroscopie", "sonde double J"])
    one = replace(ledger.get(drafted(ledger)), sidecar=about)
    said = installation.prompt(one)
    assert said.startswith("Compte rendu opératoire du docteur Claire Morel au docteur Louis Marchand")
    assert said.endswith("urétéroscopie, sonde double J.")
    assert "zavialov" not in said.lower()
    assert "camille" not in said.lower()


def test_nothing_known_is_nothing_said(home, ledger, clock):
    one = replace(ledger.get(drafted(ledger)), sidecar=None)
    assert Installation(home).prompt(one) == ""


def test_a_dictation_is_told_the_words_of_its_authors_service_and_no_others(home, ledger, clock):
    about = sidecar()
    author = AuthorEntry(rpps=about.author, last_name="Morel", first_name="Claire", service="Urologie")
    brun = AuthorEntry(rpps="10001112225", last_name="Brun", first_name="Paul", service="Orthopédie")
    installation = Installation(home.model_copy(update={"authors": [author, brun]}))
    installation.add_words(["cholangiographie"])
    installation.add_words(["urétéroscopie"], "Urologie")
    installation.add_words(["arthroplastie"], "Orthopédie")
    one = ledger.get(drafted(ledger))
    assert installation.prompt(replace(one, sidecar=about)).endswith("\u00a0: urétéroscopie, cholangiographie.")
    other = installation.prompt(replace(one, sidecar=replace(about, author=brun.rpps)))
    assert other.endswith("\u00a0: arthroplastie, cholangiographie.")
    assert installation.prompt(replace(one, sidecar=None)) == "Compte rendu médical\u00a0: cholangiographie."
    with pytest.raises(NotAllowed):
        installation.add_words(["néphrostomie"], "Urolgie")
