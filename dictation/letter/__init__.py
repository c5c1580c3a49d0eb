"""Letter: a proofread draft becomes a PDF/A-1b that nobody can quietly change.

Draft, sidecar, author, site and date in; TypesetLetter out (bytes, digest, pages). Reads templates/letter/ and the font
files it names; opens no connection, writes nothing. The steps, one file each:

    typeset.py      what the letter says, and the order of the work
    typography.py   French printed matter: dates, no-break spaces, INS, greeting
    press.py        Jinja2 and WeasyPrint, behind a fetcher that serves fonts and logo and refuses the rest
    pdfa.py         the XMP repair, our own PDF/A-1b check, text_of()

The bytes that were seen are the letter
---------------------------------------
Two renders are never byte-identical, so a letter is rendered once: when the signatory opens the signing page. The page
shows those bytes, the Approval names their digest, and those bytes are sent. They therefore carry no draft mark but the
final line « validée et signée électroniquement par …, le … ». What keeps this line true:

* `printed_on` and `signatory` travel with the bytes (`TypesetLetter`), and `TypesetLetter.may_be_signed()` says whether
  this person may sign them today. On another day, or for another person, the page typesets anew before showing.
* Bytes nobody signed never leave: without an Approval that names their digest, no Clearance exists.
* Whoever reads before that moment (the secretary's preview) gets `signatory=None`: the letter its author signs that
  day, every word at its place but for the line of the signature, marked « Projet non signé » on every page;
  may_be_signed() refuses it for everybody.
"""

from dictation.letter.cover import cover
from dictation.letter.pdfa import check_pdfa, text_of
from dictation.letter.press import faces
from dictation.letter.proof_page import proof_page
from dictation.letter.typeset import LetterAltered, TypesetLetter, typeset, verify

__all__ = [
    "LetterAltered",
    "TypesetLetter",
    "check_pdfa",
    "cover",
    "faces",
    "proof_page",
    "text_of",
    "typeset",
    "verify",
]
