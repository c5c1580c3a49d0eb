"""The mail around the letter: neutral words outside, the letter inside, and no way into a header."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictation.domain.parcel import Replaced
from dictation.errors import BadSettings, NeedsAPerson
from dictation.send.message import (
    ONE_LINE_HEADERS,
    Stationery,
    attached_pdf,
    is_mailbox,
    message_id,
    write_message,
)
from dictation.settings import data_folder
from tests.send.peers import GP, PDF, Clock, letter_message, letter_parcel, stationery

# Words that would tell a reader of the outside what the inside is about.
CLINICAL = ("opérat", "consult", "hospitalis", "chirurg", "patient", "résultat", "urolog", "cardio", "santé", "médic")


def test_the_letter_comes_out_as_it_went_in_under_a_neutral_name():
    again = message_from_bytes(letter_message(Clock()).as_bytes(policy=ONE_LINE_HEADERS), policy=policy.default)
    assert attached_pdf(again) == PDF
    assert [part.get_filename() for part in again.iter_attachments()] == ["lettre.pdf"]
    assert again["Date"].datetime.utcoffset() is not None


def test_neither_subject_nor_text_says_what_it_is_about():
    message = letter_message(Clock())
    words = f"{message['Subject']} {message.get_body().get_content()}".lower()
    assert not [clinical for clinical in CLINICAL if clinical in words]
    assert "0123456789ab-1" in words


def test_the_text_keeps_french_typography():
    text = letter_message(Clock()).get_body().get_content()
    assert "«\u00a0lettre.pdf\u00a0»" in text
    assert "'" not in text


def test_the_message_id_is_the_same_for_every_attempt_and_different_for_every_letter():
    first = message_id("0123456789ab", 1, GP, "hopital.example")
    assert first == message_id("0123456789ab", 1, GP.upper(), "hopital.example")
    others = {
        message_id("0123456789ab", 2, GP, "hopital.example"),
        message_id("0123456789ac", 1, GP, "hopital.example"),
        message_id("0123456789ab", 1, "autre@medecin.example", "hopital.example"),
    }
    assert len(others | {first}) == 4
    assert "durand" not in first


def test_a_long_message_id_stays_one_plain_header_line():
    domain = "messagerie." + "tres-long-nom-de-groupement-hospitalier." * 3 + "example"
    name = message_id("0123456789ab", 1, GP, domain)
    desk = Stationery(f"lettres@{domain}", data_folder("templates"))
    message = write_message(letter_parcel(Clock(), message_id=name), desk)
    assert f"\r\nMessage-ID: {name}\r\n".encode() in message.as_bytes(policy=ONE_LINE_HEADERS)


@pytest.mark.parametrize(
    "mailbox",
    [
        "gp@medecin.example\r\nBcc: voleur@example.org",
        "gp@medecin.example\nX: y",
        "gp@medecin.example\n",
        "gp@medecin.example> SIZE=1",
        "gp@medecin.example, voleur@example.org",
        '"a b"@medecin.example',
        "Camille <gp@medecin.example>",
        "gp@médecin.example",
        "gp@medecin.example\x00",
        "gp @medecin.example",
        "../gp@medecin.example",
        "a/b@medecin.example",
        "gp@-medecin.example",
        "gp@medecin..example",
        ".gp@medecin.example",
        "gp",
        "@medecin.example",
        "gp@",
        "a" * 250 + "@b.example",
    ],
)
def test_a_mailbox_that_could_smuggle_something_is_refused(mailbox):
    with pytest.raises(NeedsAPerson) as refused:
        letter_message(Clock(), mailbox=mailbox)
    assert refused.value.code == "E_ADDRESSEE_MISSING"
    assert mailbox not in str(refused.value)
    with pytest.raises(BadSettings):
        Stationery(mailbox, data_folder("templates"))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.one_of(st.sampled_from('aZ9.-_+@<>/\\\r\n\0 ",;:()é'), st.characters()), max_size=20))
def test_whatever_is_taken_for_a_mailbox_fits_a_header_a_command_and_a_file_name(text):
    for candidate in (text, f"{text}@medecin.example", f"gp@{text}"):
        if is_mailbox(candidate):
            assert candidate.isascii() and candidate.isprintable()
            assert not set(candidate) & set(' /\\<>,;:"()[]\r\n\0')
            assert candidate.count("@") == 1


@pytest.mark.parametrize("mailbox", [GP, "1620599012345.ABC@patient.mssante.fr", "a_b+c@x-y.medecin.mssante.fr"])
def test_ordinary_mailboxes_are_taken(mailbox):
    assert is_mailbox(mailbox)


def test_a_message_with_two_letters_or_none_is_refused():
    message = letter_message(Clock())
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="autre.pdf")
    with pytest.raises(NeedsAPerson):
        attached_pdf(message)


def test_without_a_mailbox_there_is_no_addressee_line():
    message = write_message(letter_parcel(Clock(), mailbox="", message_id="<a@b.example>"), stationery())
    assert "To" not in message


def test_a_corrected_letter_says_what_it_replaces_and_stands_in_its_thread():
    first, second = "<first@hopital.example>", "<second@hopital.example>"
    message = letter_message(Clock(), letter_version=3, replaces=Replaced(2, second, (first,)))
    again = message_from_bytes(message.as_bytes(policy=ONE_LINE_HEADERS), policy=policy.default)
    assert (again["In-Reply-To"], again["References"]) == (second, f"{first} {second}")
    text = again.get_body(("plain",)).get_content()
    assert "ANNULE ET REMPLACE" in text
    assert not [clinical for clinical in CLINICAL if clinical in text.lower()]


def test_a_first_letter_replaces_nothing():
    message = letter_message(Clock())
    assert "In-Reply-To" not in message and "References" not in message
    assert "REMPLACE" not in message.get_body(("plain",)).get_content()


def test_a_long_thread_comes_out_as_it_went_in():
    names = tuple(message_id("0123456789ab", version, GP, "messagerie.hopital.example") for version in range(1, 13))
    message = letter_message(Clock(), letter_version=13, replaces=Replaced(12, names[-1], names[:-1]))
    content = message.as_bytes(policy=ONE_LINE_HEADERS)
    assert str(message_from_bytes(content, policy=policy.default)["References"]).split() == list(names)
    assert b"=?" not in content.partition(b"In-Reply-To")[2].partition(b"Content-Type")[0]
