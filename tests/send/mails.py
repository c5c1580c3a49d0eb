"""What servers, programs and people answer to a letter, written out: the shapes of RFC 3464, RFC 8098 and MSSanté."""

from __future__ import annotations

OURS = "<0123456789ab.1.aabbccddeeff@hopital.example>"
GP = "camille.durand@medecin.example"


def mail(headers: str, body: str = "", charset: str = "utf-8") -> bytes:
    """One message from its headers and its body, with the line ends of the wire."""
    return (headers.strip("\n") + "\n\n" + body.strip("\n") + "\n").replace("\n", "\r\n").encode(charset)


def bounce(original: str = OURS, *, action: str = "failed", status: str = "5.1.1", envelope_id: str = "") -> bytes:
    envid = f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    return mail(
        """From: MAILER-DAEMON@mss.example
To: lettres@hopital.example
Subject: Undelivered Mail Returned to Sender
Date: Wed, 25 Nov 2026 09:00:00 +0100
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1" """,
        f"""--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mss.example.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mss.example
{envid}Arrival-Date: Wed, 25 Nov 2026 08:59:58 +0100

Final-Recipient: rfc822; {GP}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 mailbox
 unknown

--b1
Content-Type: text/rfc822-headers

From: lettres@hopital.example
To: {GP}
Message-ID: {original}
Subject: Courrier

--b1--""",
    )


def notification(original: str = OURS, *, disposition: str, error: str = "", subject: str = "Lu : Courrier") -> bytes:
    error_line = f"Error: {error}\n" if error else ""
    return mail(
        f"""From: {GP}
To: lettres@hopital.example
Subject: {subject}
Message-ID: <mdn-1@medecin.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="b2" """,
        f"""--b2
Content-Type: text/plain; charset=utf-8

Accusé.

--b2
Content-Type: message/disposition-notification

Reporting-UA: logiciel.example; Cabinet 4.2
Original-Recipient: rfc822;{GP}
Final-Recipient: rfc822;{GP}
Original-Message-ID: {original}
Disposition: {disposition}
{error_line}
--b2--""",
    )


AUTOMATIC = "automatic-action/MDN-sent-automatically"
READ = notification(disposition="manual-action/MDN-sent-manually; displayed")
FILED = notification(disposition=f"{AUTOMATIC}; processed")
KO_SUBJECT = "[KO Intégration système !][902] XDM/1.0/DDM+CR PAT-TROIS DOMINIQUE 28/03/1979"
NOT_FILED_NEW = notification(
    disposition=f"{AUTOMATIC}; processed/error", error="902^Identifiant de patient inconnu", subject=KO_SUBJECT
)
NOT_FILED_OLD = notification(
    disposition=f"{AUTOMATIC}; processed/Error: 902^Identifiant de patient inconnu", subject=KO_SUBJECT
)
ABSENT = mail(
    f"""From: Camille Durand <{GP}>
Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_Courrier?=
In-Reply-To: {OURS}
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8""",
    "Le cabinet est fermé jusqu’au 4 décembre.",
)
ANSWER = mail(
    f"""From: Camille Durand <{GP}>
Subject: Re: Courrier
Message-ID: <42@medecin.example>
In-Reply-To: {OURS}
References: <0123456789ab.0.000000000000@hopital.example> {OURS}
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b3" """,
    """--b3
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Merci. Faut-il arrêter l’anticoagulant avant ?

--b3
Content-Type: text/html; charset=utf-8

<p>Merci.</p>

--b3--""",
)
STRANGER = mail("From: Laboratoire <labo@example.org>\nSubject: Bonjour", "Une question sans rapport.")
COMPLAINT = mail("From: MAILER-DAEMON@vieux.example\nSubject: failure notice", "Hi. This is the qmail-send program.")
