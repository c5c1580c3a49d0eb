"""The directory proposes, a person chooses: homonyms told apart, a signed letter kept to the person it is for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dictation.domain.exchange import OutboxState
from dictation.domain.progress import State
from dictation.send.directory import open_extraction
from tests.send.extractions import MSSANTE_HEADER, TOWNS, mailbox_line, write

PEOPLE = [
    mailbox_line(1, "MARCHAND", "LOUIS", mailbox="louis.marchand@medecin.test", town=TOWNS[0]),
    mailbox_line(2, "MARCHAND", "LOUIS", mailbox="l.marchand@medecin.test", town=TOWNS[2], speciality="Cardiologie"),
    mailbox_line(3, "LEFÈVRE-D'ARCY", "ZOÉ", town=TOWNS[1]),
]


def load(clock, folder: Path, lines: list[str] = PEOPLE, day: str = "24") -> None:
    from dictation.store.directory import Directory

    file = write(folder / f"Extraction_Correspondance_MSSante_202611{day}0300.txt", MSSANTE_HEADER, lines)
    with open_extraction(file) as extraction:
        Directory(clock).take(extraction, actor="test")


@pytest.fixture
def directory(desk, tmp_path) -> None:
    load(desk.clock, tmp_path)


def values(page: str) -> list[str]:
    """What each proposed line would post."""
    return re.findall(r'name="entry" value="([^"]+)"', page)


def returned(desk) -> str:
    one, dispatch = desk.uncertain()
    desk.ledger.settle_dispatch(dispatch, OutboxState.FAILED, words="550 unknown user")
    from dictation.store.tables import DictationRow

    DictationRow.objects.filter(pk=one).update(state=State.RETURNED.value, error_code="E_BOUNCED")
    return one


def test_homonyms_are_shown_side_by_side_and_none_is_chosen(desk, signed_in, directory):
    page = signed_in("roy").get(f"/dictees/{desk.drafted()}/destinataire").content.decode()
    assert len(values(page)) == 2  # the name of the letter's addressee is looked for at once
    assert page.count("1\u00a0homonyme") == 2
    for told in ("Cardiologie", "Médecine Générale", "LENS", "LILLE", "RPPS 10000000001", "RPPS 10000000002"):
        assert told in page
    assert "checked" not in page


def test_accents_and_spelling_are_tolerated_and_the_town_narrows(desk, signed_in, directory):
    client, page = signed_in("roy"), f"/dictees/{desk.drafted()}/destinataire"
    assert len(values(client.get(page, {"nom": "lefevre d'arcy"}).content.decode())) == 1
    assert len(values(client.get(page, {"nom": "marchant"}).content.decode())) == 2
    assert len(values(client.get(page, {"nom": "marchand", "ville": "lille"}).content.decode())) == 1
    assert "Personne de ce nom à Reims" in client.get(page, {"nom": "marchand", "ville": "Reims"}).content.decode()


def test_the_chosen_person_becomes_the_addressee_before_the_signature(desk, signed_in, directory):
    one, client = desk.drafted(), signed_in("roy")
    page = f"/dictees/{one}/destinataire"
    [heart, _] = values(client.get(page, {"nom": "marchand"}).content.decode())
    assert client.post(page, {"entry": heart}).status_code == 302
    who = desk.ledger.get(one).sidecar.addressee
    assert (who.last_name, who.first_name, who.rpps) == ("MARCHAND", "LOUIS", "10000000002")
    assert who.mailbox == "l.marchand@medecin.test"
    assert (who.title, who.specialty) == ("Docteur", "Cardiologie")
    assert not who.general_practitioner  # a cardiologist is nobody's « médecin traitant » unasked
    assert who.address == ("2 RUE DU TEST", "59000 LILLE")
    assert ("roy", "addressee-chosen") in desk.actions(one)
    assert "annuaire" in client.get(f"/dictees/{one}?histoire=1").content.decode()


def test_a_returned_letter_gets_another_mailbox_of_the_person_it_was_signed_for(desk, signed_in, directory):
    one, client = returned(desk), signed_in("roy")
    printed = desk.ledger.get(one).sidecar.addressee
    page = f"/dictees/{one}/destinataire"
    assert page in client.get("/envois").content.decode()
    shown = values(client.get(page, {"nom": "marchand", "ville": "lens"}).content.decode())
    assert client.post(page, {"entry": shown[0]}).headers["Location"] == "/envois"
    who = desk.ledger.get(one).sidecar.addressee
    assert who.mailbox == "louis.marchand@medecin.test"
    assert (who.address, who.rpps, who.title) == (printed.address, printed.rpps, printed.title)


def test_a_signed_letter_is_not_turned_to_somebody_else(desk, signed_in, directory):
    one, client = returned(desk), signed_in("roy")
    before = desk.ledger.get(one).sidecar
    page = f"/dictees/{one}/destinataire"
    [other] = values(client.get(page, {"nom": "lefevre d'arcy"}).content.decode())
    answer = client.post(page, {"entry": other})
    assert answer.status_code == 409
    assert "quelqu’un d’autre" in answer.content.decode()
    assert desk.ledger.get(one).sidecar == before


def test_a_line_that_an_import_changed_meanwhile_is_looked_at_again(desk, signed_in, directory, tmp_path):
    one, client = desk.drafted(), signed_in("roy")
    page = f"/dictees/{one}/destinataire"
    shown = values(client.get(page, {"nom": "marchand", "ville": "lens"}).content.decode())
    load(desk.clock, tmp_path, [line.replace("RUE|DU TEST", "AVENUE|NEUVE") for line in PEOPLE], "25")
    before = desk.ledger.get(one).sidecar
    assert client.post(page, {"entry": shown[0]}).status_code == 409
    assert client.post(page, {"entry": "nobody 00"}).status_code == 409
    assert desk.ledger.get(one).sidecar == before


def test_a_letter_that_is_on_its_way_is_out_of_reach(desk, signed_in, directory):
    one, _ = desk.uncertain()
    client, page = signed_in("roy"), f"/dictees/{one}/destinataire"
    shown = client.get(page, {"nom": "marchand"}).content.decode()
    assert "Écrire à cette personne" not in shown
    assert client.post(page, {"entry": values(shown)[0]}).status_code == 409


def test_without_a_directory_the_page_says_so(desk, signed_in):
    page = signed_in("roy").get(f"/dictees/{desk.drafted()}/destinataire").content.decode()
    assert "Aucun annuaire n’est chargé" in page


def test_letters_of_another_service_are_not_looked_up(desk, signed_in, directory):
    assert signed_in("brun").get(f"/dictees/{desk.drafted()}/destinataire").status_code == 404
