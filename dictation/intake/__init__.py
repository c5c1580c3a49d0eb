"""Intake: what is dropped in inbox/ becomes a Recording, exactly once, or goes to quarantine with a reason.

watch.py says when to look, scan.py looks, listing.py and settle.py say what is there and whether it is complete,
sidecar.py reads who and about whom, documents.py whose letters lie beside, admit.py takes, away.py removes,
quarantine.py sets aside. The contract: docs/inbox-contract.md.
"""

from dictation.intake.admit import Authors, Ledger, Probe
from dictation.intake.quarantine import Quarantine
from dictation.intake.scan import Intake, ScanReport

__all__ = ["Authors", "Intake", "Ledger", "Probe", "Quarantine", "ScanReport"]
