"""Writing: from words to a report, a draft with its points, and the PDF."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dictation.compose.keeping import Keeping
from dictation.domain import codec
from dictation.domain.desk import TextBlock
from dictation.domain.documents import Draft, Report, Sidecar
from dictation.domain.people import Author, Patient
from dictation.domain.progress import Dictation
from dictation.errors import NeedsAPerson, NotAllowed
from dictation.proofread import RELINKED
from transcribe.transcript import Transcript

if TYPE_CHECKING:
    pass


def _same_person(one: Patient, other: Patient) -> bool:
    """Two records of one person: the same number, or the same name and birth date."""
    return (
        (one.hospital_number is not None and one.hospital_number == other.hospital_number)
        or (one.ins is not None and one.ins == other.ins)
        or (one.last_name, one.first_name, one.birth_date) == (other.last_name, other.first_name, other.birth_date)
    )


class Writing(Keeping):
    """What is made of the words."""

    def typeset(
        self, dictation: Dictation, draft: Draft, *, signatory: str, printed_on: Any, unread: bool = False
    ) -> bytes:
        """The PDF of a draft. signatory: RPPS of who is about to sign; "" for a proof nobody can sign."""
        from dictation.letter import typeset

        sidecar = dictation.sidecar
        author = self.settings.author(sidecar.author) if sidecar else None
        if sidecar is None or author is None:
            raise NeedsAPerson(f"dictation {dictation.id}: author unknown", code="E_AUTHOR_UNKNOWN")
        signer = self._signatory(signatory) if signatory else None
        return typeset(
            draft,
            sidecar,
            author,
            self.settings.site(sidecar.site),
            signatory=signer,
            letter_id=f"{dictation.id}-{dictation.letter_version}",
            printed_on=printed_on,
            templates=self.settings.templates_folder / "letter",
            unread=unread,
        ).pdf

    def _signatory(self, rpps: str) -> Author:
        found = self.settings.author(rpps)
        if found is None:
            raise NotAllowed("the signatory is not in the settings", code="E_NOT_SIGNATORY")
        return found

    def _write_draft(self, report: Any, sidecar: Sidecar, letter_type: Any, transcript: Transcript) -> Draft:
        from dictation.draft import write

        sure, others = self.settings.draft.number_probability, self._others(sidecar)
        return write(
            report, sidecar, letter_type, transcript, number_probability=sure, others=others, today=self.clock().date()
        )

    def _others(self, sidecar: Sidecar) -> list[Patient]:
        """The other patients of the day, expected or dictated: who else a recording may be about."""
        today = self.clock()
        expected = [patient for _, patient in self.patients.expected(sidecar.visit_date or today.date())]
        dictated = self.ledger.patients_since(today - timedelta(days=1))
        own = sidecar.patient
        found = sorted({*expected, *dictated}, key=lambda one: (one.last_name, one.first_name, one.birth_date))
        return [one for one in found if own is None or not _same_person(one, own)]

    def recheck(self, dictation_id: str, edited: Draft) -> Draft:
        """A corrected draft with its points: the first draft's, and those the present text raises."""
        from dictation.draft import recheck

        dictation = self.ledger.get(dictation_id)
        sidecar = dictation.sidecar
        report, transcript = self._reread(dictation, edited)
        first, others = self.ledger.draft(dictation_id, 1), self._others(sidecar) if sidecar else ()
        relinked = sum(entry.action == RELINKED for entry in self.ledger.journal(dictation_id))
        return recheck(
            first, edited, report, sidecar, transcript, others=others, today=self.clock().date(), relinked=relinked
        )

    def agreements(self, dictation_id: str, patient: Patient) -> tuple[str, ...]:
        """What the voice says of this patient too, in French: « nom », « date de naissance »."""
        from dictation.draft import agreements

        dictation, edited = self.ledger.get(dictation_id), self.ledger.draft(dictation_id)
        report, transcript = self._reread(dictation, edited)
        return agreements(edited, report, dictation.sidecar, transcript, patient, today=self.clock().date())

    def _reread(self, dictation: Dictation, edited: Draft) -> tuple[Report, Transcript]:
        from dictation.structure import reread

        transcript = Transcript.from_json(self.blobs.get(dictation.transcript_sha256).decode())
        report = codec.loads(Report, self.blobs.get(dictation.report_sha256))
        return reread(edited.sections, report, dictation.sidecar), transcript

    def _structure(self, transcript: Transcript, sidecar: Sidecar) -> Any:
        from dictation.structure import extend_lexicons, structure

        extend_lexicons(self._at_home(self.settings.structure.lexicons))  # nothing to do but the first time
        return structure(transcript, sidecar, self._blocks_of(sidecar))

    def _blocks_of(self, sidecar: Sidecar) -> tuple[TextBlock, ...]:
        """The text blocks this author may ask for by name: their own, their service's and their site's."""
        author, read = self.settings.author(sidecar.author), self.ledger.blocks
        from dictation.store.accounts import accounts  # once the ledger has set Django up

        names = [one.name for one in accounts() if one.rpps == sidecar.author and one.active]
        own = [block for name in names for block in read(sites=(), services=(), account=name)]
        if author is None:
            return tuple(own)
        return (*own, *read(sites=[author.site], services=[author.service] if author.service else [], account=""))

    def _verify_letter(self, pdf: bytes, sha256: str) -> None:
        from dictation.letter import verify

        verify(pdf, sha256)
