"""A few columns of the table of faults, each verb, on both TLS versions; `make faults` runs all of it on a Postfix."""

from __future__ import annotations

import pytest

from tests.send.interceptor import VERBS, Interceptor, Tap
from tests.send.matrix import hospital_before, try_cell, wrong

# One of each kind of fault in turn, so that every verb meets several and each kind meets most verbs.
CELLS = [(verb, fault) for n, verb in enumerate(VERBS) for fault in (("451", "hang-up"), ("550", "garbage"))[n % 2]]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_every_verb_may_fail_and_the_letter_is_where_it_should_be(tls, pki, relay, home, clock):
    interceptor = Interceptor(pki, relay.port, tls)
    tap = Tap(interceptor.port)
    hospital = hospital_before(home, pki, clock, tap.port)
    found = {}
    for verb, fault in [*CELLS, ("dot", "451"), ("dot", "550"), ("dot", "hang-up"), ("RCPT", "550")]:
        fault_found = wrong(verb, fault, try_cell(hospital, interceptor, tap, verb, fault))
        if fault_found:
            found[verb, fault] = fault_found
    tap.close()
    interceptor.close()
    assert found == {}
