"""Installation: all sides of one hospital's installation, joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dictation.compose.hearing import Hearing
from dictation.compose.sending import Sending
from dictation.compose.writing import Writing
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, NotAllowed

if TYPE_CHECKING:
    from dictation.intake import Intake
    from dictation.pipeline import Parts
    from dictation.store.accounts import Account
    from dictation.web.parts import WebParts


class Installation(Hearing, Writing, Sending):
    """One hospital's installation: its settings, and the parts made from them on first use."""

    def intake(self) -> Intake:
        from dictation.intake import Intake

        return Intake(
            self.settings.inbox,
            inbox=self.settings.inbox_folder,
            state=self.settings.state_folder,
            blobs=self.blobs,
            ledger=self.ledger,
            probe=self._probe,
            authors=self.settings,
            clock=self.clock,
        )

    def parts(self) -> Parts:
        from dictation.pipeline import Parts
        from dictation.send import send

        return Parts(
            ledger=self.ledger,
            blobs=self.blobs,
            outbox=self.settings.outbox_folder,
            transcribe=self.transcribe,
            structure=self._structure,
            draft=self._write_draft,
            verify_letter=self._verify_letter,
            send=lambda dictation_id: send(dictation_id, self.desk),
            archive=self.archive.write,
            max_attempts=self.settings.workflow.max_attempts,
            retry_seconds=self.settings.workflow.retry_seconds,
        )

    def retry(self, dictation_id: str, actor: str) -> str:
        """Work on it again: a refused file goes back to the inbox, a stuck or held dictation where it was."""
        dictation = self.ledger.get(dictation_id)
        if dictation.state is State.QUARANTINED:
            quarantine = self.intake().quarantine
            if quarantine.holds(dictation_id):
                quarantine.retry(dictation_id, actor=actor)
                return "Le fichier est de nouveau dans l’inbox."
            if not self.blobs.has(dictation.recording.sha256):
                raise NeedsAPerson(f"dictation {dictation_id}: its file is gone", code="E_NOT_IN_QUARANTINE")
            self.ledger.move(dictation_id, State.QUARANTINED, State.RECEIVED, actor=actor, note="nouvel essai")
            return "La dictée est de nouveau en préparation."
        self.ledger.resume(dictation_id, actor=actor)
        return "La dictée reprend où elle en était."

    def hold(self, dictation_id: str, *, actor: str, reason: str) -> None:
        from dictation.proofread import hold

        hold(self.ledger, dictation_id, reason or "suspendue par le service informatique", actor=actor)

    def verify(self) -> list[str]:
        """What is wrong with the journal and the archive bundles, in French; empty when nothing is."""
        return [*self.ledger.verify(), *self.archive.verify_all(self.retention.vouched())]

    def accounts(self) -> list[Account]:
        assert self.ledger
        from dictation.store.accounts import accounts

        return accounts()

    def add_account(
        self,
        name: str,
        password: str,
        *,
        role: str,
        actor: str,
        rpps: str = "",
        services: Sequence[str] | None = None,
        extension: str | None = None,
    ) -> None:
        """services, extension: None keeps those of an account that is there; NotAllowed for a service of no author.

        actor: who the journal says it was.
        """
        assert self.ledger
        from dictation.store.accounts import Role, save_account

        self._check_services(services or ())
        author = self.settings.author(rpps) if rpps else None
        save_account(
            name,
            password,
            Role(role),
            rpps=rpps,
            first_name=author.first_name if author else "",
            last_name=author.last_name if author else "",
            services=services,
            at=self.clock(),
            actor=actor,
            extension=extension,
        )

    def set_services(self, name: str, services: Sequence[str], *, actor: str) -> None:
        """Which services' letters a secretary sees from now on; none: all of them."""
        assert self.ledger
        from dictation.store.accounts import set_services

        self._check_services(services)
        set_services(name, services, at=self.clock(), actor=actor)

    def set_extension(self, name: str, extension: str, *, actor: str) -> None:
        """The telephone extension of an account; "" for none."""
        assert self.ledger
        from dictation.store.accounts import set_extension

        set_extension(name, extension, at=self.clock(), actor=actor)

    def add_words(self, terms: Iterable[str], service: str = "") -> list[str]:
        """Words the recogniser is to be told of, in every dictation or in those of one service; what was new of them.

        NotAllowed for a service of no author, ValueError for what is no word.
        """
        self._check_services([service] if service else [])
        return self.vocabulary.add(terms, service)

    def _check_services(self, services: Sequence[str]) -> None:
        """A name mistyped would hide every letter from a secretary, or words from the recogniser."""
        if unknown := sorted(set(services) - {entry.service for entry in self.settings.authors}):
            raise NotAllowed(f"no author of the settings is of {', '.join(unknown)}", code="E_UNKNOWN_SERVICE")

    def web_parts(self) -> WebParts:
        from dictation.dictaphone import Dictaphone
        from dictation.health import checks
        from dictation.send import confirm_sent, resend
        from dictation.store.devices import Devices
        from dictation.store.suggestions import Suggestions
        from dictation.web.parts import WebParts

        quiet = self.settings.workflow.uncertain_after_seconds
        return WebParts(
            ledger=self.ledger,
            blobs=self.blobs,
            typeset=self.typeset,
            playable_wav=self._playable_wav,
            playback_folder=self.settings.state_folder / "playback",
            settings=self.settings.web,
            overdue=self.settings.overdue,
            clock=self.clock,
            authors=tuple(entry.record() for entry in self.settings.authors),
            retry=self.retry,
            confirm_sent=lambda dictation_id, actor: confirm_sent(dictation_id, self.desk, actor=actor),
            resend=lambda dictation_id, actor: resend(dictation_id, self.desk, actor=actor, quiet_seconds=quiet),
            checks=lambda: checks(self),
            replies=self.replies,
            corrections=self.corrections,
            post_room=self.post_room,
            directory=self.directory,
            hear=self.hear,
            suggestions=Suggestions(self.clock),
            learn=self.add_words,
            reads_vocabulary=self.reads_vocabulary,
            dictaphone=Dictaphone(self.settings.state_folder / "dictaphone", self.settings.inbox_folder),
            devices=Devices(self.clock),
            expected=lambda day, rpps: [patient for _, patient in self.patients.expected(day, rpps)],
            proof_pdf=self.proof_pdf,
            silent_days=self.settings.feedback.silent_days,
            recheck=self.recheck,
            agreements=self.agreements,
        )
