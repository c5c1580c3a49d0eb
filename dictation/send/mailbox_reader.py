"""Mailbox reader: the reply mailbox over IMAP, on verified TLS or not at all.

UIDs and messages out. Touches the network, and flags of messages that have been recorded; no password and no token
before TLS.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dictation.errors import BadSettings, DictationError, NeedsAPerson, TryAgainLater
from dictation.send.certificates import own_identity
from dictation.send.revocation import NOBODY_ASKED, Revocations
from dictation.send.smtp import token_in

MAX_BYTES = 30_000_000  # a larger message is not fetched whole: its header alone, for a person


@dataclass(frozen=True)
class ReplyMailbox:
    """Where the answers to our letters arrive, and how it knows us."""

    host: str
    port: int
    ca_file: Path  # the only trust anchors
    clock: Callable[[], datetime]
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "implicit"  # or "starttls"
    token: Callable[[], str] | None = field(default=None, repr=False)  # XOAUTH2, instead of a password; asked each time
    client_certificate: Path | None = None  # with neither, it is also the account (SASL EXTERNAL)
    client_key: Path | None = None
    folder: str = "INBOX"
    delete_recorded: bool = False
    timeout_seconds: float = 60.0
    revocations: Revocations = NOBODY_ASKED

    @property
    def key(self) -> str:
        """What the store calls it."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @contextlib.contextmanager
    def open(self) -> Iterator[OpenMailbox]:
        """TryAgainLater (E_MAILBOX_CLOSED); NeedsAPerson: E_TLS, E_MAILBOX_REFUSED, E_OWN_CERTIFICATE."""
        context = self._context()
        try:
            line = self._dial(context)
        except (OSError, imaplib.IMAP4.error) as error:
            raise self._trouble(error) from error
        try:
            self._enter(line)
            yield OpenMailbox(line, self)
        except (OSError, imaplib.IMAP4.error) as error:
            raise self._trouble(error) from error
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                line.logout()

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(cafile=self.ca_file)
        except OSError as error:
            raise BadSettings(f"feedback.ca_file = {self.ca_file}: not a file of PEM certificates") from error
        if self.client_certificate and self.client_key:
            own_identity(
                self.client_certificate,
                self.client_key,
                self.clock(),
                revocations=self.revocations,
                anchors=self.ca_file,
            )
            context.load_cert_chain(self.client_certificate, self.client_key)
        return context

    def _dial(self, context: ssl.SSLContext) -> imaplib.IMAP4:
        if self.tls == "implicit":
            return imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=self.timeout_seconds)
        line = imaplib.IMAP4(self.host, self.port, timeout=self.timeout_seconds)
        try:
            if "STARTTLS" not in line.capabilities:
                raise NeedsAPerson(f"{self.host} offers no STARTTLS", code="E_TLS")
            line.starttls(ssl_context=context)
        except BaseException:
            line.shutdown()
            raise
        return line

    def _enter(self, line: imaplib.IMAP4) -> None:
        token = self.token() if self.token else ""
        try:
            if token:
                words = f"user={self.user}\x01auth=Bearer {token}\x01\x01".encode()
                # A refusal comes as a challenge first, to be answered with nothing; the error itself follows.
                line.authenticate("XOAUTH2", lambda challenge: b"" if challenge else words)
            elif self.password:
                line.login(self.user, self.password)
            else:
                line.authenticate("EXTERNAL", lambda _: self.user.encode())
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:  # its words may hold the account's name
            raise NeedsAPerson(f"{self.host}: login refused", code="E_MAILBOX_REFUSED") from error
        done, _ = line.select(f'"{self.folder}"', readonly=False)
        if done != "OK":
            raise NeedsAPerson(f"{self.host}: no folder of this name", code="E_MAILBOX_REFUSED")

    def _trouble(self, error: Exception) -> DictationError:
        seen: BaseException | None = error
        while seen is not None:
            if isinstance(seen, ssl.SSLError) and not isinstance(seen, ssl.SSLEOFError):
                return NeedsAPerson(f"TLS with {self.host}: {seen.reason}", code="E_TLS")
            seen = seen.__cause__ or seen.__context__
        return TryAgainLater(f"no line to {self.host}: {type(error).__name__}", code="E_MAILBOX_CLOSED")


def mailbox_token(path: Path) -> str:
    """The access token that another program of the hospital keeps fresh, as for sending. TryAgainLater without one."""
    try:
        if token := token_in(path):
            return token
    except TryAgainLater as error:
        raise TryAgainLater("feedback.oauth_token_file cannot be read", code="E_MAILBOX_CLOSED") from error
    raise TryAgainLater("feedback.oauth_token_file is empty", code="E_MAILBOX_CLOSED")


class OpenMailbox:
    """A folder that is open. Messages are named by UID, which means nothing without `validity`."""

    def __init__(self, line: imaplib.IMAP4, mailbox: ReplyMailbox) -> None:
        self._line, self._mailbox = line, mailbox
        self.key = mailbox.key
        _, found = line.response("UIDVALIDITY")
        self.validity = int(found[0]) if found and found[0] else 0
        _, able = line.capability()  # asked again: servers say more after the login
        self._expunges_one = b"UIDPLUS" in able[0].upper().split()

    def uids(self) -> list[int]:
        """Every message there is, oldest first."""
        _, found = self._line.uid("SEARCH", "ALL")
        return sorted(int(uid) for uid in (found[0] or b"").split())

    def fetch(self, uid: int) -> bytes | None:
        """The whole message, or its header when it is huge; None when it has gone meanwhile. Sets no flag."""
        _, answer = self._line.uid("FETCH", str(uid), "(RFC822.SIZE)")
        size = next((int(found[1]) for piece in answer if (found := _SIZE.search(_bytes(piece)))), None)
        if size is None:
            return None
        what = "BODY.PEEK[]" if size <= MAX_BYTES else "BODY.PEEK[HEADER]"
        _, answer = self._line.uid("FETCH", str(uid), f"({what})")
        return next((piece[1] for piece in answer if isinstance(piece, tuple)), None)

    def recorded(self, uid: int) -> None:
        """This message is on our disk: mark it as seen, or delete it when the settings say so."""
        deleting = self._mailbox.delete_recorded
        self._line.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen \Deleted)" if deleting else r"(\Seen)")
        if deleting and self._expunges_one:  # a plain EXPUNGE would also take what others marked
            self._line.uid("EXPUNGE", str(uid))


_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


def _bytes(piece: bytes | tuple[bytes, bytes] | None) -> bytes:
    return piece if isinstance(piece, bytes) else piece[0] if piece else b""
