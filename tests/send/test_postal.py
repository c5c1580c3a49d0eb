"""A letter that came back or that nobody read is printed for La Poste: by a person, once, nothing clinical outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pypdfium2
import pytest

from dictation import overdue
from dictation.domain.consent import scope_of
from dictation.domain.exchange import Consent, ReceiptKind
from dictation.domain.people import Addressee
from dictation.domain.progress import State, Tally
from dictation.domain.replies import Reply
from dictation.errors import SENTENCES, NeedsAPerson, NotAllowed, TryAgainLater
from dictation.letter import check_pdfa, cover
from dictation.letter.sample import ADDRESSEE, SITE, sample_draft, sample_letter
from dictation.send.postal import PostRoom
from dictation.send.send import resend, send
from dictation.settings import OverdueSettings
from tests.letter.paper import runs, words_of
from tests.send.peers import GP

DAY = date(2026, 11, 25)
HOURS = 48.0
pytestmark = pytest.mark.filterwarnings(r"ignore:unclosed file .*sRGB2014\.icc:ResourceWarning")


@pytest.fixture(scope="module")
def templates(repository) -> Path:
    return repository / "templates" / "letter"


@pytest.fixture(scope="module")
def letter(templates) -> bytes:
    from dictation.domain.documents import LetterType

    return sample_letter(LetterType.DISCHARGE, templates).pdf


@pytest.fixture
def room(hospital, templates, tmp_path) -> PostRoom:
    from dictation.store.postal import PostalBook

    def cover_page(dictation, pdf: bytes) -> bytes:
        id = f"{dictation.id}-{dictation.letter_version}"
        return cover(ADDRESSEE, SITE, pdf, letter_id=id, printed_on=DAY, templates=templates)

    return PostRoom(hospital.ledger, PostalBook(hospital.ledger), hospital.store, cover_page, tmp_path / "print", HOURS)


@pytest.fixture
def sent(hospital, letter) -> str:
    id = hospital.signed_letter(pdf=letter)
    send(id, hospital.desk)
    return id


@pytest.fixture
def returned(hospital, sent) -> str:
    answer(hospital, sent, ReceiptKind.RETURNED)
    assert hospital.state(sent) is State.RETURNED
    return sent


def answer(hospital, id: str, kind: ReceiptKind) -> None:
    from dictation.store.replies import Replies

    [row] = hospital.rows(id)
    digest = sha256(f"{row.message_id} {kind}".encode()).hexdigest()
    reply, uid = Reply(kind, "250 ok", (row.message_id,)), int(digest[:7], 16)
    Replies(hospital.ledger).take(reply, digest, mailbox="box", validity=1, uid=uid)


def printed(hospital, id: str) -> list[str]:
    return [line.actor for line in hospital.ledger.journal(id) if line.action == "printed-for-post"]


# the paper


def test_the_cover_says_to_whom_from_whom_when_and_how_many_pages(letter, templates):
    page = cover(ADDRESSEE, SITE, letter, letter_id="0123456789ab-1", printed_on=DAY, templates=templates)
    words = words_of(page)
    document = pypdfium2.PdfDocument(letter)
    pages = len(document)
    document.close()
    for told in (SITE.name, "MERCIER", *ADDRESSEE.address, "25 novembre 2026", "0123456789ab-1", f"{pages} page"):
        assert told in words
    assert check_pdfa(page) == []


def test_the_address_shows_in_the_window_and_nothing_else_does(letter, templates):
    page = cover(ADDRESSEE, SITE, letter, letter_id="0123456789ab-1", printed_on=DAY, templates=templates)
    in_window = [run for run in runs(page) if run.right > 90 and run.bottom > 34 and run.top < 90]
    assert {run.text for run in in_window} == {"Docteur Antoine MERCIER", *ADDRESSEE.address}
    assert min(run.left for run in in_window) >= 108
    assert max(run.bottom for run in in_window) <= 80


def test_the_cover_says_nothing_of_the_letter_or_of_the_patient(letter, templates):
    """No long word of the letter is on it, but the month of its date."""
    from dictation.domain.documents import LetterType

    page = words_of(cover(ADDRESSEE, SITE, letter, letter_id="0123456789ab-1", printed_on=DAY, templates=templates))
    outside = set(page.lower().replace(",", " ").replace(".", " ").split())
    clinical = {word for word in sample_draft(LetterType.DISCHARGE).text().lower().split() if len(word) > 7}
    assert len(clinical) > 20
    assert clinical & outside <= {"novembre"}
    for word in ("pat-trois", "dominique", "chirurgie", "digestive", "sortie", "1979"):
        assert word in words_of(letter).lower()
        assert word not in page.lower()


@pytest.mark.parametrize("address", [(), ("3 bis, rue des Acacias",), ("3 bis, rue des Acacias", "Villeurbanne")])
def test_an_address_no_postman_could_find_is_refused(address, letter, templates):
    nobody = replace(ADDRESSEE, address=address)
    with pytest.raises(NeedsAPerson) as refused:
        cover(nobody, SITE, letter, letter_id="a-1", printed_on=DAY, templates=templates)
    assert refused.value.code == "E_POSTAL_ADDRESS"
    assert "adresse postale" in SENTENCES["E_POSTAL_ADDRESS"]


def test_an_address_across_the_border_is_an_address(letter, templates):
    belgian = Addressee("Peeters", "An", address=("Rue Haute 1", "B-1000 Bruxelles"))
    page = cover(belgian, SITE, letter, letter_id="a-1", printed_on=DAY, templates=templates)
    assert "B-1000 Bruxelles" in words_of(page)


# the decision


def test_cover_and_signed_letter_lie_side_by_side_and_the_journal_says_who_asked(hospital, room, returned, letter):
    folder = room.print(returned, actor="roy")
    assert sorted(path.name for path in folder.iterdir()) == ["cover.pdf", "letter.pdf"]
    assert (folder / "letter.pdf").read_bytes() == letter
    assert f"{returned}-1" in words_of((folder / "cover.pdf").read_bytes())
    [one] = room.prints(hospital.ledger.get(returned))
    assert (one.actor, one.letter_version, one.note) == ("roy", 1, "")
    assert one.pdf_sha256 == hospital.ledger.get(returned).approval.pdf_sha256
    assert hospital.state(returned) is State.RETURNED
    assert hospital.ledger.verify() == []


def test_a_second_print_needs_a_reason(hospital, room, returned):
    room.print(returned, actor="roy")
    with pytest.raises(NotAllowed) as refused:
        room.print(returned, actor="morel", again="  ")
    assert refused.value.code == "E_ALREADY_PRINTED"
    assert printed(hospital, returned) == ["roy"]
    room.print(returned, actor="morel", again="pli perdu")
    assert [one.note for one in room.prints(hospital.ledger.get(returned))] == ["", "pli perdu"]


def test_a_letter_is_due_once_nobody_read_it_for_long_enough(hospital, room, sent, clock):
    with pytest.raises(NotAllowed) as early:
        room.print(sent, actor="roy")
    assert early.value.code == "E_POSTAL_TOO_SOON"
    assert room.to_print() == []
    clock.wait(HOURS * 3600 + 1)
    assert [dictation.id for dictation in room.to_print()] == [sent]
    room.print(sent, actor="roy")
    assert printed(hospital, sent) == ["roy"]


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        (ReceiptKind.DELIVERED, True),  # in the mailbox, and nobody opened it
        (ReceiptKind.ABSENT, True),
        (ReceiptKind.READ, False),
        (ReceiptKind.INTEGRATED, False),
        (ReceiptKind.ANSWERED, False),
    ],
)
def test_only_a_word_that_somebody_read_it_keeps_it_off_the_list(kind, due, hospital, room, sent, clock):
    answer(hospital, sent, kind)
    clock.wait(HOURS * 3600 + 1)
    assert [dictation.id for dictation in room.to_print()] == ([sent] if due else [])


def test_what_perhaps_left_or_was_never_sent_is_not_printed(hospital, room, letter, clock):
    waiting = hospital.signed_letter(pdf=letter, mailbox=GP)
    clock.wait(HOURS * 3600 + 1)
    with pytest.raises(NotAllowed) as refused:
        room.print(waiting, actor="roy")
    assert refused.value.code == "E_POSTAL_TOO_SOON"


def test_an_objection_stops_the_paper_too(hospital, room, returned):
    dictation = hospital.ledger.get(returned)
    scope = scope_of(dictation, anybody=True, any_kind=True)
    hospital.ledger.say_consent(returned, Consent.OBJECTED, scope, actor="roy", note="au téléphone")
    with pytest.raises(NeedsAPerson) as refused:
        room.print(returned, actor="roy")
    assert refused.value.code == "E_OBJECTION"
    assert not room.laid(dictation).exists()


def test_nothing_is_claimed_that_does_not_lie_there(hospital, room, returned):
    with pytest.raises(TryAgainLater):
        replace(room, folder=Path("/proc/nowhere")).print(returned, actor="roy")
    assert printed(hospital, returned) == []
    room.print(returned, actor="roy")  # and it is no second time


def test_a_letter_sent_again_meanwhile_is_not_printed(hospital, room, returned):
    """Somebody else decided to send it again while the cover page was being set."""

    def meanwhile(dictation, pdf: bytes) -> bytes:
        hospital.ledger.move(returned, State.RETURNED, State.SENDING, actor="secretaire")
        return b"%PDF"

    with pytest.raises(NotAllowed) as refused:
        replace(room, cover=meanwhile).print(returned, actor="roy")
    assert refused.value.code == "E_POSTAL_TOO_SOON"
    assert printed(hospital, returned) == []


# settled by post


def test_what_was_posted_is_no_longer_late_nor_waiting(hospital, room, returned, clock):
    """The paper is on its way: neither the list of late letters nor the post room asks for it again."""
    limits = OverdueSettings()
    room.print(returned, actor="roy")
    clock.wait(HOURS * 3600 + 1)

    def late() -> list[str]:
        since = overdue.before(clock(), limits)
        found = hospital.ledger.page(set(overdue.LIMITS), since_before=since)
        counted = Tally(frozenset(overdue.LIMITS), since_before=tuple(since))
        assert hospital.ledger.tallies([counted]) == [len(found)]
        return [one.dictation.id for one in overdue.overdue(found, clock(), limits)]

    assert late() == [returned]
    assert room.settle(returned, actor="roy", note="recommandé 1A 000")
    assert late() == []
    assert overdue.late(hospital.ledger.get(returned), clock(), limits) is None
    assert room.to_print() == []
    settled = hospital.ledger.get(returned)
    assert (settled.state, settled.settled_by, settled.settled_at) == (State.RETURNED, "roy", clock())
    assert room.reopen(returned, actor="morel", note="pli revenu")
    assert late() == [returned]
    assert [dictation.id for dictation in room.to_print()] == [returned]
    told = [(line.actor, line.details["note"]) for line in hospital.ledger.journal(returned) if "settle" in line.action]
    assert told == [("roy", "recommandé 1A 000"), ("morel", "pli revenu")]


def test_only_a_printed_version_is_settled_and_only_once(hospital, room, returned):
    with pytest.raises(NotAllowed) as refused:
        room.settle(returned, actor="roy")
    assert refused.value.code == "E_NOT_PRINTED"
    room.print(returned, actor="roy")
    assert room.settle(returned, actor="roy")
    assert not room.settle(returned, actor="morel")
    assert hospital.ledger.get(returned).settled_by == "roy"
    with pytest.raises(NotAllowed) as refused:
        room.reopen(returned, actor="morel", note=" ")
    assert refused.value.code == "E_REASON_MISSING"


def test_a_letter_that_has_not_left_is_not_settled_by_post(hospital, room, letter):
    waiting = hospital.signed_letter(pdf=letter)
    with pytest.raises(NotAllowed) as refused:
        room.settle(waiting, actor="roy")
    assert refused.value.code == "E_WRONG_STATE"


def test_a_letter_nobody_read_is_settled_and_no_longer_without_news(hospital, room, sent, clock):
    from dictation.store.replies import Replies

    clock.wait(HOURS * 3600 + 1)
    room.print(sent, actor="roy")
    assert [one.id for one in Replies(hospital.ledger).without_news(1)] == [sent]
    room.settle(sent, actor="roy")
    assert Replies(hospital.ledger).without_news(1) == []
    answer(hospital, sent, ReceiptKind.DELIVERED)  # the mailbox speaks at last: both are true
    assert hospital.ledger.get(sent).settled_at is not None


def test_what_goes_on_its_way_again_is_no_longer_settled(hospital, room, returned):
    room.print(returned, actor="roy")
    room.settle(returned, actor="roy")
    resend(returned, hospital.desk, actor="roy")
    assert hospital.ledger.get(returned).settled_at is None


def test_what_perhaps_left_is_printed_once_no_line_is_open_any_more(hospital, room, sent, clock):
    """As for sending again: the server may still be thinking for a quarter of an hour."""
    from dictation.store.tables import DictationRow

    DictationRow.objects.filter(pk=sent).update(state=State.UNCERTAIN.value, state_since=clock())
    with pytest.raises(NotAllowed) as refused:
        room.print(sent, actor="roy")
    assert refused.value.code == "E_POSTAL_TOO_SOON"
    clock.wait(900)
    room.print(sent, actor="roy")
    assert room.settle(sent, actor="roy")
    assert hospital.state(sent) is State.UNCERTAIN


# the command


def test_the_command_lists_prints_once_and_says_what_is_wrong(hospital, letter, capsys):
    from dictation.cli import main

    post = ["--home", str(hospital.home), "postal"]
    ids = []
    for address in ((), ("2 place du Test", "75000 Paris")):
        ids.append(hospital.signed_letter(pdf=letter, address=address))
        send(ids[-1], hospital.desk)
        answer(hospital, ids[-1], ReceiptKind.RETURNED)
    lost, found = ids
    assert main([*post, "print", lost]) == 1
    assert SENTENCES["E_POSTAL_ADDRESS"] in capsys.readouterr().err
    assert main([*post, "print", found]) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert folder == hospital.home / "outbox" / "print" / f"{found}-1"
    assert "75000 Paris" in words_of((folder / "cover.pdf").read_bytes())
    assert main([*post, "print", found]) == 1
    assert "déjà été imprimée" in capsys.readouterr().err
    assert main([*post, "list"]) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert "à imprimer" in told[lost]
    assert "par cli" in told[found]
    assert main([*post, "settle", lost]) == 1
    assert "n’a pas été imprimée" in capsys.readouterr().err
    assert main([*post, "settle", found, "--note", "posté le 26"]) == 0
    assert hospital.ledger.get(found).settled_by == "cli"
    assert main([*post, "reopen", found, "--reason", "revenu"]) == 0
    assert hospital.ledger.get(found).settled_at is None
