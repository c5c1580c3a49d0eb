"""Draft: a structured dictation laid out as a letter, with its points to check.

A Report, what the hospital knew before (Sidecar), the kind of letter and the Transcript come in; a Draft leaves.
It touches nothing. No word of a section comes from anywhere but the dictation; headings come from headings.py.
"""

from dictation.draft.headings import HEADINGS, Heading
from dictation.draft.write import agreements, choose_letter_type, recheck, write

__all__ = ["HEADINGS", "Heading", "agreements", "choose_letter_type", "recheck", "write"]
