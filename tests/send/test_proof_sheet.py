"""The proof of a sending fits one sheet that anybody can print again and compare: PDF/A, in French, the same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dictation.compose import Installation
from dictation.domain.exchange import Receipt, ReceiptKind
from dictation.domain.proof import ProofTable
from dictation.errors import NotAllowed
from dictation.letter import check_pdfa, proof_page, text_of
from dictation.letter.sample import SITE
from dictation.send.proof import Proof, prove
from dictation.send.proof_sheet import sheet
from dictation.send.send import send
from tests.letter.paper import words_of
from tests.send.peers import GP

NAMES = {"10100000017": "Docteur Camille Exemple"}
pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed file .*sRGB2014\.icc:ResourceWarning")


@pytest.fixture(scope="module")
def templates(repository) -> Path:
    return repository / "templates" / "letter"


@pytest.fixture
def sent(hospital) -> str:
    id = hospital.signed_letter()
    send(id, hospital.desk)
    return id


def proof_of(hospital, id: str) -> Proof:
    return prove(id, hospital.ledger, replaced=(), replies=(), now=hospital.clock())


def test_it_says_who_signed_what_which_server_took_it_when_and_what_came_back(hospital, sent, templates):
    hospital.ledger.add_receipt(sent, Receipt(ReceiptKind.READ, "displayed; « lu »", hospital.clock()))
    proof = proof_of(hospital, sent)
    signatory = hospital.ledger.get(sent).approval.signatory
    pdf = proof_page(sheet(proof, {signatory: "Docteur Camille Exemple"}), SITE, templates=templates)
    words = words_of(pdf)
    [row] = hospital.rows(sent)
    together = words.replace(" ", "").replace("-", "")  # cells break where they must
    for told in (
        f"{sent}-1", f"Docteur Camille Exemple, RPPS {signatory}", GP, "S/MIME", "250 2.0.0 kept as", "[localhost]",
        "Lue", "displayed; « lu »", "(+0100)",
    ):  # fmt: skip
        assert told.replace(" ", "").replace("-", "") in together, told
    for digest in (row.pdf_sha256, row.message_sha256, row.message_id, proof.events[-1].hash):
        assert digest.replace("-", "") in together
    assert check_pdfa(pdf) == []
    assert len(text_of(pdf)) == 1


def test_looking_at_it_again_another_day_prints_the_same_bytes(hospital, sent, templates):
    first = proof_page(sheet(proof_of(hospital, sent), NAMES), SITE, templates=templates)
    hospital.clock.wait(86_400)
    hospital.ledger.record("proof-shown", actor="morel", dictation_id=sent)
    assert proof_page(sheet(proof_of(hospital, sent), NAMES), SITE, templates=templates) == first
    hospital.ledger.add_receipt(sent, Receipt(ReceiptKind.DELIVERED, "ok", hospital.clock()))
    assert proof_page(sheet(proof_of(hospital, sent), NAMES), SITE, templates=templates) != first


def test_a_long_story_still_takes_one_page_and_says_how_much_it_leaves_to_the_journal(hospital, sent, templates):
    told = sheet(proof_of(hospital, sent), NAMES)
    at = hospital.clock()
    many = tuple((f"{at + timedelta(hours=n)}", "Remise retardée", f"essai {n} " + "x" * 150) for n in range(40))
    receipts = replace(told.tables[2], rows=many)
    pdf = proof_page(replace(told, tables=(*told.tables[:2], receipts, told.tables[3])), SITE, templates=templates)
    assert len(text_of(pdf)) == 1
    words = words_of(pdf)
    shown = sum(f"essai {n} " in words for n in range(40))
    assert shown > 0
    assert f"et {40 - shown} lignes antérieures, au journal" in words
    assert "essai 39" in words


def test_whatever_a_server_answers_the_proof_is_printed(hospital, sent, templates):
    told = sheet(proof_of(hospital, sent), NAMES)
    odd = ProofTable("Accusés et retours", ("Le", "Quoi"), (("1", "ok\n<b>\U0001f600\u202e"),), "")
    words = words_of(proof_page(replace(told, tables=(odd,)), SITE, templates=templates))
    assert "ok <b>??" in words


def test_what_nobody_signed_has_no_proof(hospital):
    from tests import ledgers

    with pytest.raises(NotAllowed) as refused:
        proof_of(hospital, ledgers.drafted(hospital.ledger))
    assert refused.value.code == "E_NOT_SIGNED"


def test_the_command_writes_the_page(hospital, sent, tmp_path, capsys):
    from dictation.cli import main

    file = tmp_path / "preuve.pdf"
    assert main(["--home", str(hospital.home), "proof", sent, "--pdf", str(file)]) == 0
    assert file.read_bytes() == Installation(hospital_settings(hospital), hospital.clock).proof_pdf(sent)
    assert check_pdfa(file.read_bytes()) == []
    assert hospital.ledger.journal(sent)[-1].action == "proof-exported"


def hospital_settings(hospital):
    from dictation.settings import read_settings

    return read_settings(hospital.home)
