"""SMTP: the line to the hospital's mail relay, over verified TLS or not at all.

Envelope in, the server's acknowledgement out. Touches the network and our TLS client certificate, nothing else.

One addressee per transaction, so one outbox row means one thing. Everything that goes wrong before the final dot is
"nothing left": RFC 5321 4.1.1.10 has a server discard a message whose end it never saw. From the dot to the answer
nobody on this side can know: OutcomeUnknown.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dictation.errors import BadSettings, DictationError, NeedsAPerson, OutcomeUnknown, TryAgainLater
from dictation.send.carrier import Claimed, Envelope
from dictation.send.certificates import OwnCertificateRefused, own_identity
from dictation.send.revocation import NOBODY_ASKED, Revocations

# A server that refuses our certificate says so by hanging up (TLS 1.3) or with 421 to EHLO (Postfix): it looks like a
# bad line. One or two may be a restart over there; three in a row are a setting that somebody must repair.
HANG_UPS_BEFORE_ALARM = 3
# With TLS 1.2: a key of its own for each line (ECDHE), authenticated encryption (AEAD), the two MSSanté asks for with
# RSA certificates and the same with EC ones. TLS 1.3 has no others (source: ANS, référentiel MSSanté; ANSSI, TLS 2020).
SUITES = ":".join(
    f"ECDHE-{signed}-{cipher}" for cipher in ("AES256-GCM-SHA384", "AES128-GCM-SHA256") for signed in ("RSA", "ECDSA")
)
_HANG_UP = (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)


@dataclass
class Relay:
    """The mail server that takes our letters, and how it knows us."""

    host: str
    port: int
    ca_file: Path  # the only trust anchors: the system's store is not used
    clock: Callable[[], datetime]
    tls: str = "starttls"  # or "implicit"
    client_certificate: Path | None = None
    client_key: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)  # XOAUTH2: a short-lived access token, never kept
    revocations: Revocations = NOBODY_ASKED
    notify: bool = False  # ask for reports of delivery (RFC 3461)
    timeout_seconds: float = 60.0
    final_reply_seconds: float = 600.0  # RFC 5321 4.5.3.2.6: the server may think for ten minutes after the dot
    hang_ups: int = field(default=0, repr=False)  # in a row, right after TLS; a new process counts from zero

    def deliver(self, envelope: Envelope, claim: Callable[[], bool]) -> str:
        """Hand over one message; see Carrier.carry for `claim` and the errors. Returns its answer and name."""
        with contextlib.closing(self._open(envelope)) as line:
            _address(line, envelope, notify=self.notify)
            if not claim():
                raise Claimed(f"{envelope.message_id} is not ours to send")
            answer = _transmit(line, envelope, self.final_reply_seconds)
            with contextlib.suppress(OSError):
                line.send(b"QUIT\r\n")  # not waited for: no answer to it can change that the message was accepted
        return f"{answer} [{self.host}]"

    def _open(self, envelope: Envelope) -> smtplib.SMTP:
        """A verified and authenticated line. TryAgainLater; NeedsAPerson: E_TLS, E_OWN_CERTIFICATE, E_RELAY_REFUSED."""
        context = self._context()
        we_are = envelope.sender.rpartition("@")[2]  # not this machine's own name: looking it up would ask the DNS
        tls_begun = self.tls == "implicit"
        with contextlib.ExitStack() as on_error:
            try:
                line = self._dial(we_are, context)
                on_error.callback(line.close)
                if not tls_begun:
                    _expect(2, line.ehlo(), "EHLO", "E_RELAY_REFUSED")
                    if not line.has_extn("starttls"):
                        raise NeedsAPerson(f"{self.host} offers no STARTTLS", code="E_TLS")
                    tls_begun = True
                    _start_tls(line, context)
                greeting = line.ehlo()  # smtplib returns a refusal here, it does not raise it
                if greeting[0] == 421:
                    raise self._hung_up()
                _expect(2, greeting, "EHLO", "E_RELAY_REFUSED")
                self.hang_ups = 0
                if self.token is not None:
                    _authorise(line, self.user or envelope.sender, self.token())
                elif self.user:
                    line.login(self.user, self.password)
            except smtplib.SMTPNotSupportedError as error:
                raise NeedsAPerson(f"{self.host} offers no AUTH", code="E_RELAY_REFUSED") from error
            except smtplib.SMTPResponseException as error:
                raise _refusal(error.smtp_code, "greeting or AUTH", "E_RELAY_REFUSED") from error
            except OSError as error:
                raise self._trouble(error, tls_begun) from error
            on_error.pop_all()
        return line

    def _dial(self, we_are: str, context: ssl.SSLContext) -> smtplib.SMTP:
        if self.tls == "implicit":
            return smtplib.SMTP_SSL(self.host, self.port, we_are, timeout=self.timeout_seconds, context=context)
        return smtplib.SMTP(self.host, self.port, we_are, timeout=self.timeout_seconds)

    def _context(self) -> ssl.SSLContext:
        """TLS 1.2 or later, strong suites, the configured anchors only, host name checked; our certificate if any."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(SUITES)
        try:
            context.load_verify_locations(cafile=self.ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise BadSettings(f"send.ca_file = {self.ca_file}: not a file of PEM certificates") from error
        if self.client_certificate and self.client_key:
            own_identity(
                self.client_certificate,
                self.client_key,
                self.clock(),
                revocations=self.revocations,
                anchors=self.ca_file,
            )
            try:
                context.load_cert_chain(self.client_certificate, self.client_key)
            except OSError as error:
                raise OwnCertificateRefused(f"{self.client_certificate.name}: refused by the TLS library") from error
        return context

    def _trouble(self, error: OSError, tls_begun: bool) -> DictationError:
        """What a failure to open the line means for the letter. Nothing left in any case."""
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
                # Their certificate failed our check, or an alert of theirs says that ours failed: no retry helps.
                return NeedsAPerson(f"TLS with {self.host}: {cause.reason}", code="E_TLS")
        timed_out = any(isinstance(cause, TimeoutError) for cause in causes)
        if tls_begun and isinstance(error, _HANG_UP) and not timed_out:
            return self._hung_up()
        return TryAgainLater(f"no line to {self.host}: {type(error).__name__}", code="E_RELAY_CLOSED")

    def _hung_up(self) -> DictationError:
        self.hang_ups += 1
        words = f"{self.host} hung up right after TLS, {self.hang_ups} in a row"
        if self.hang_ups >= HANG_UPS_BEFORE_ALARM:
            return NeedsAPerson(words, code="E_TLS")
        return TryAgainLater(words, code="E_TLS")


def _start_tls(line: smtplib.SMTP, context: ssl.SSLContext) -> None:
    try:
        line.starttls(context=context)
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, "STARTTLS", "E_TLS") from error


def token_in(path: Path) -> str:
    """The access token that another program of the hospital keeps fresh in a file. Read each time, kept nowhere."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TryAgainLater("send.oauth_token_file cannot be read", code="E_RELAY_CLOSED") from error


def _authorise(line: smtplib.SMTP, mailbox: str, token: str) -> None:
    """SASL XOAUTH2: after TLS, so the token never travels in clear."""
    words = f"user={mailbox}\x01auth=Bearer {token}\x01\x01"
    if not line.has_extn("auth"):
        raise smtplib.SMTPNotSupportedError
    # A refusal comes as a challenge first, to be answered with nothing; the error itself follows.
    line.auth("XOAUTH2", lambda challenge=None: words if challenge is None else "")


def _address(line: smtplib.SMTP, envelope: Envelope, *, notify: bool) -> None:
    """MAIL and RCPT, after a look at the size the server takes. Nothing has left yet."""
    options = []
    size = len(envelope.content)
    if line.has_extn("size"):
        limit = line.esmtp_features["size"].strip()
        if limit.isdecimal() and 0 < int(limit) < size:
            raise NeedsAPerson(f"{envelope.message_id}: {size} bytes, server takes {limit}", code="E_MESSAGE_TOO_BIG")
        options = [f"SIZE={size}"]
    wishes = []
    if notify and line.has_extn("dsn"):
        # The report is matched to its letter by this name; headers only, so that no letter comes back in clear.
        options += ["RET=HDRS", f"ENVID={_xtext(envelope.message_id.strip('<>'))}"]
        wishes = ["NOTIFY=SUCCESS,FAILURE,DELAY"]
    try:
        _expect(2, line.mail(envelope.sender, options), "MAIL", "E_RELAY_REFUSED")
        _expect(2, line.rcpt(envelope.mailbox, wishes), "RCPT")
    except OSError as error:
        raise TryAgainLater(f"{envelope.message_id}: line lost before DATA", code="E_RELAY_CLOSED") from error


def _xtext(text: str) -> str:
    """RFC 3461 4: printable ASCII but + and =, the rest as +XX."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)


def _transmit(line: smtplib.SMTP, envelope: Envelope, final_reply_seconds: float) -> str:
    """DATA, the bytes, the dot, and the answer that counts."""
    stuffed = re.sub(rb"(?m)^\.", b"..", envelope.content)  # RFC 5321 4.5.2
    try:
        _expect(3, line.docmd("DATA"), "DATA")
        line.send(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")
    except OSError as error:
        raise TryAgainLater(f"{envelope.message_id}: line lost before the dot", code="E_RELAY_CLOSED") from error
    try:
        assert line.sock is not None
        line.sock.settimeout(final_reply_seconds)
        line.send(b".\r\n")
        code, words = line.getreply()
    except OSError as error:
        raise OutcomeUnknown(f"{envelope.message_id}: no answer to the final dot") from error
    if not 200 <= code <= 599:
        raise OutcomeUnknown(f"{envelope.message_id}: an answer that is no SMTP reply")
    _expect(2, (code, words), "the message")
    return f"{code} {_printable(words)}"


def _expect(kind: int, answer: tuple[int, bytes], verb: str, code: str = "E_REFUSED") -> None:
    """Raise unless the answer's first digit is `kind`."""
    if answer[0] // 100 != kind:
        raise _refusal(answer[0], verb, code)


def _refusal(status: int, verb: str, code: str) -> DictationError:
    """What a negative answer means. The server's words stay out: they often quote the addressee's mailbox."""
    if 500 <= status <= 599:
        too_big = status == 552 and verb != "RCPT"  # to RCPT it says that the addressee's mailbox is full
        return NeedsAPerson(f"{status} to {verb}", code="E_MESSAGE_TOO_BIG" if too_big else code)
    return TryAgainLater(f"{status} to {verb}", code="E_RELAY_CLOSED")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it grew from: smtplib wraps a TLS alert into a plain "disconnected"."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _printable(words: bytes) -> str:
    return re.sub(r"[^ -~]+", " ", words.decode("ascii", "replace"))[:200].strip()
