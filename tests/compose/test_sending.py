"""The carriers as the settings make them: every one that has a mailbox for answers asks for reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictation.compose import Installation

READY = {
    "host": "relais.example",
    "sender": "lettres@hopital.example",
    "ca_file": Path("ca.pem"),
    "source_oid": "1.2.250.1.999.1",
    "signing_certificate": Path("signature.pem"),
    "signing_key": Path("signature.key"),
    "addressee_certificates": Path("certificats"),
    "addressee_ca_file": Path("ca.pem"),
}


@pytest.mark.parametrize("carrier", ["smime", "mssante"])
def test_a_report_of_delivery_is_asked_for_by_every_carrier_that_mails(home, carrier):
    send = home.send.model_copy(update=READY | {"carrier": carrier})
    made = Installation(home.model_copy(update={"send": send})).carrier
    assert (made.name, made.relay.notify) == (carrier, True)
