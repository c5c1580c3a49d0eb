"""What every carrier promises, whatever the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from dictation.demo.mailbox import Mailbox, server_tls
from dictation.errors import NeedsAPerson
from dictation.send.carrier import Carrier, Claimed, Envelope
from dictation.send.folder import FolderCarrier
from dictation.send.message import attached_pdf
from tests.send.peers import (  # noqa: F401
    GP,
    MARKER,
    PDF,
    SENDER,
    clock,
    letter_parcel,
    line_to,
    mssante_carrier,
    opened,
    pki,
    smime_carrier,
    stationery,
)  # fmt: skip


@dataclass
class WayOut:
    carrier: Carrier
    arrived: Callable[[], list[Path]]
    read: Callable[[Path], bytes]  # the PDF, as the addressee gets at it
    names_the_patient: frozenset[bytes] = frozenset()  # headers that do, because the profile says so


@pytest.fixture(params=["smime over STARTTLS", "smime over TLS at once", "mssante", "folder"])
def way_out(request, tmp_path, pki, clock):  # noqa: F811
    def attached(path):
        return attached_pdf(message_from_bytes(path.read_bytes(), policy=policy.default))

    if request.param == "folder":
        folder = tmp_path / "print"
        yield WayOut(FolderCarrier(folder), lambda: sorted(folder.glob("*.eml")), attached)
        return
    tls = server_tls(pki.server_certificate, pki.server_key, pki.ca_file)
    with Mailbox(tmp_path / "mailbox", tls, implicit="at once" in request.param) as box:
        if request.param == "mssante":
            carrier = mssante_carrier(line_to(box, pki, clock), clock)
            yield WayOut(carrier, box.letters, attached, frozenset({b"Subject"}))
            return
        carrier = smime_carrier(line_to(box, pki, clock), pki, clock)
        yield WayOut(carrier, box.letters, lambda path: opened(path, pki).pdf)


@pytest.fixture
def envelope(way_out, clock) -> Envelope:  # noqa: F811
    parcel = letter_parcel(clock)
    return Envelope(parcel.message_id, SENDER, GP, way_out.carrier.seal(parcel, stationery()))


def test_the_sealed_bytes_arrive_unchanged_and_the_letter_in_them_too(way_out, envelope):
    words = way_out.carrier.carry(envelope, lambda: True)
    [path] = way_out.arrived()
    assert path.read_bytes() == envelope.content
    assert way_out.read(path) == PDF
    assert words.strip()


def test_the_claim_is_asked_once_and_before_anything_left(way_out, envelope):
    found = []

    def claim():
        found.append(len(way_out.arrived()))
        return True

    way_out.carrier.carry(envelope, claim)
    assert found == [0]


def test_nothing_leaves_when_the_claim_is_refused(way_out, envelope):
    with pytest.raises(Claimed):
        way_out.carrier.carry(envelope, lambda: False)
    assert way_out.arrived() == []


def test_nothing_leaves_when_the_claim_fails_and_its_own_error_comes_out(way_out, envelope):
    def claim():
        raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        way_out.carrier.carry(envelope, claim)
    assert way_out.arrived() == []


def test_a_second_attempt_carries_the_same_bytes_under_the_same_message_id(way_out, envelope):
    way_out.carrier.carry(envelope, lambda: True)
    way_out.carrier.carry(envelope, lambda: True)
    assert {path.read_bytes() for path in way_out.arrived()} == {envelope.content}
    assert envelope.message_id.encode() in envelope.content


def test_sealing_leaves_nothing_anywhere(way_out, clock):  # noqa: F811
    way_out.carrier.seal(letter_parcel(clock), stationery())
    assert way_out.arrived() == []


def test_the_outcome_is_never_a_no_that_could_be_a_yes(way_out, envelope):
    assert way_out.carrier.outcome(envelope.message_id) is None
    way_out.carrier.carry(envelope, lambda: True)
    assert way_out.carrier.outcome(envelope.message_id) in {None, True}


def test_no_header_tells_whom_the_letter_is_about_but_where_the_profile_demands_it(way_out, envelope):
    headers, _, _ = envelope.content.partition(b"\r\n\r\n")
    assert MARKER not in headers
    unfolded = headers.replace(b"\r\n ", b" ").split(b"\r\n")
    telling = {line.partition(b":")[0] for line in unfolded if b"testpatient" in line.lower()}
    assert telling == way_out.names_the_patient


def test_bytes_that_hold_no_letter_are_refused_before_the_claim(way_out, envelope):
    claims = []
    broken = Envelope(envelope.message_id, SENDER, GP, b"Message-ID: <other@x>\r\n\r\nBonjour\r\n")
    with pytest.raises(NeedsAPerson) as refused:
        way_out.carrier.carry(broken, lambda: claims.append(1) or True)
    assert refused.value.code == "E_INTEGRITY"
    assert claims == []
    assert way_out.arrived() == []
