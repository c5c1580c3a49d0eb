"""Check the PDFs of a message: whole, and PDF/A-1 by what they declare, carry and ask for.

PDF bytes in, faults out. Touches nothing. The findings are those of dictation/pdfa.py; here each gets its rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictation.pdfa import pdfa_findings
from dictation.send.faults import Fault

# Clause of ISO 19005-1 -> the rule that explains it; any other clause is pdf.pdfa, with the clause as its place.
_RULES = {
    "6.1.1": "pdf.form",
    "6.1.2": "pdf.form",
    "6.1.4": "pdf.streams",
    "6.1.11": "pdf.embedded",
    "6.2.2": "pdf.output-intent",
    "6.3.4": "pdf.fonts",
    "6.4": "pdf.transparency",
    "6.6.1": "pdf.active",
    "6.6.2": "pdf.active",
    "6.9": "pdf.active",
}


def check_pdf(pdf: bytes) -> Iterator[Fault]:
    """Every rule one PDF breaks."""
    if not re.match(rb"%PDF-1\.[0-7]", pdf) or b"%%EOF" not in pdf[-1024:]:
        yield Fault("pdf.form")
        return
    for finding in pdfa_findings(pdf):
        clause = finding.partition(":")[0]
        if finding == "6.1.3: encrypted":
            yield Fault("pdf.encrypted")
        elif clause in _RULES:
            yield Fault(_RULES[clause])
        else:
            yield Fault("pdf.pdfa", clause)
