"""A good message taken apart, and every single thing of it changed, each with the rule meant for it."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pikepdf

from dictation.send.mssante import HEADERS
from dictation.send.smtp import Relay
from tests.send.paper import saved
from tests.send.peers import PDF, Clock, letter_parcel, mssante_carrier, stationery

CLOCK = Clock(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
DOC, META = "IHE_XDM/SUBSET01/DOC0001.XML", "IHE_XDM/SUBSET01/METADATA.XML"


def sealed(**changes) -> bytes:
    nowhere = Relay("localhost", 1, Path("/nowhere"), CLOCK)
    return mssante_carrier(nowhere, CLOCK).seal(letter_parcel(CLOCK, **changes), stationery())


@dataclass
class Parts:
    """A message taken apart, so that one thing of it can be changed."""

    headers: dict[str, str]
    text: str
    kind: str  # of the text
    charset: str
    files: dict[str, bytes]  # of the archive
    zip_name: str
    pdf: bytes | None
    pdf_name: str
    honest: bool = True  # METADATA.XML gives size and digest of the document as it is
    archives: int = 1
    pdfs: int = 1
    zip_type: str = "zip"
    other: str = ""  # name of a third attachment
    broken_zip: bool = False

    @classmethod
    def of(cls, content: bytes) -> Parts:
        message = message_from_bytes(content, policy=policy.default)
        archive, pdf = message.iter_attachments()
        with zipfile.ZipFile(io.BytesIO(archive.get_content())) as opened:
            files = {name: opened.read(name) for name in opened.namelist()}
        headers = {
            name: str(value)
            for name, value in message.items()
            if not name.lower().startswith("content-") and name != "MIME-Version"
        }
        text = message.get_body(("plain",)).get_content()
        return cls(headers, text, "plain", "utf-8", files, "IHE_XDM.zip", pdf.get_content(), pdf.get_filename())

    def join(self) -> bytes:
        message = EmailMessage(policy=policy.SMTP)
        for name, value in self.headers.items():
            message[name] = value
        message.set_content(self.text, subtype=self.kind, charset=self.charset, cte="quoted-printable")
        for _ in range(self.archives):
            packed = b"PK\x03\x04 cut" if self.broken_zip else self._zip()
            message.add_attachment(packed, maintype="application", subtype=self.zip_type, filename=self.zip_name)
        if self.other:
            message.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=self.other)
        for _ in range(self.pdfs if self.pdf is not None else 0):
            message.add_attachment(self.pdf, maintype="application", subtype="pdf", filename=self.pdf_name)
        return message.as_bytes(policy=HEADERS)

    def _zip(self) -> bytes:
        if self.honest and META in self.files and DOC in self.files:
            digest = hashlib.sha1(self.files[DOC]).hexdigest().encode()
            self._slot(b"hash", digest)
            self._slot(b"size", str(len(self.files[DOC])).encode())
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
        return out.getvalue()

    def _slot(self, name: bytes, value: bytes) -> None:
        pattern = rb'(name="' + name + rb'"><rim:ValueList><rim:Value>)[^<]*'
        self.files[META] = re.sub(pattern, rb"\g<1>" + value, self.files[META])


GOOD = sealed()
Change = Callable[[Parts], None]


def inside(file: str, old: str, new: str, *, honest: bool = True) -> Change:
    """Replace the first place of `old` in one file of the archive; a pattern must be there to be replaced."""

    def change(parts: Parts) -> None:
        text = parts.files[file].decode()
        after, number = re.subn(old, new, text, count=1, flags=re.DOTALL)
        assert number == 1, f"nothing to change: {old}"
        parts.files[file], parts.honest = after.encode(), honest

    return change


def cda(old: str, new: str = "") -> Change:
    return inside(DOC, old, new)


def meta(old: str, new: str = "") -> Change:
    return inside(META, old, new, honest=False)


def latin1(file: str) -> Change:
    def change(parts: Parts) -> None:
        text = parts.files[file].decode()
        parts.files[file] = text.replace("encoding='UTF-8'", "encoding='iso-8859-1'").encode("iso-8859-1")
        assert parts.files[file] != text.encode()
        parts.honest = file == DOC

    return change


def header(name: str, value: str | None) -> Change:
    def change(parts: Parts) -> None:
        assert name in parts.headers or value is not None
        parts.headers.pop(name, None)
        if value is not None:
            parts.headers[name] = value

    return change


def part(**values: object) -> Change:
    def change(parts: Parts) -> None:
        for name, value in values.items():
            assert getattr(parts, name) != value
            setattr(parts, name, value)

    return change


def without(file: str) -> Change:
    return lambda parts: parts.files.pop(file) and None


def extra(name: str) -> Change:
    return lambda parts: parts.files.update({name: b"x"})


def spoilt(change: Callable[[pikepdf.Pdf], None]) -> Change:
    """The PDF beside with one thing changed in it."""
    with pikepdf.open(io.BytesIO(PDF)) as document:
        change(document)
        return part(pdf=saved(document))


def _encrypted() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as document:
        secret = pikepdf.Encryption(owner="x", user="", R=3, aes=False, metadata=False)
        off = pikepdf.ObjectStreamMode.disable
        document.save(out, force_version="1.4", object_stream_mode=off, encryption=secret, compress_streams=False)
    return out.getvalue()


def _packed() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(PDF)) as document:
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=False)
    return out.getvalue()


def _undeclared(document: pikepdf.Pdf) -> None:
    words = document.Root.Metadata.read_bytes().replace(b'part="1"', b'part="3"')
    document.Root.Metadata = document.make_stream(words, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)


def _foreign_font(document: pikepdf.Pdf) -> None:
    document.Root.Essai2 = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.FontDescriptor, FontName=pikepdf.Name.Arial)
    )


def _see_through(document: pikepdf.Pdf) -> None:
    document.Root.Essai2 = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, ca=0.5))


def _scripted(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _with_file(document: pikepdf.Pdf) -> None:
    document.attachments["x.txt"] = b"x"


def _without_colours(document: pikepdf.Pdf) -> None:
    del document.Root.OutputIntents


ROOT, INS = "1\\.2\\.250\\.1\\.213\\.1\\.4\\.10", "279035121518989"


def everywhere(old: str, new: str) -> Change:
    """The same change in document and description, so that only the value itself is wrong."""

    def change(parts: Parts) -> None:
        for file in (DOC, META):
            text, number = re.subn(old, new, parts.files[file].decode())
            assert number, f"nothing to change in {file}"
            parts.files[file] = text.encode()

    return change


# what was changed, the rule meant for it, how, and rules that cannot but see it too
MUTATIONS: list[tuple[str, str, Change, set[str]]] = [
    ("no subject prefix", "mail.subject", header("Subject", "CR TESTPATIENT ZEPHIRINE 28/03/1979"), set()),
    ("subject of another patient", "mail.subject-patient", header("Subject", "XDM/1.0/DDM+CR DUPONT ZEPHIRINE 28/03/1979"), set()),
    ("subject of another birth date", "mail.subject-patient", header("Subject", "XDM/1.0/DDM+CR TESTPATIENT Z 29/03/1979"), set()),
    ("no date", "mail.headers", header("Date", None), set()),
    ("no message-id", "mail.headers", header("Message-ID", None), set()),
    ("no X-MSS-CODECDA", "mail.codecda", header("X-MSS-CODECDA", None), set()),
    ("X-MSS-CODECDA of another type", "mail.codecda", header("X-MSS-CODECDA", "11488-4"), set()),
    ("X-MSS-INS says no", "mail.ins", header("X-MSS-INS", "N"), set()),
    ("no X-MSS-INS", "mail.ins", header("X-MSS-INS", None), set()),
    ("no X-MSS-NIL", "mail.nil", header("X-MSS-NIL", None), set()),
    ("X-MSS-MES to a doctor", "mail.mes", header("X-MSS-MES", "FIN"), set()),
    ("no receipt asked for", "mail.disposition", header("Disposition-Notification-To", None), set()),
    ("receipt to somebody else", "mail.disposition-to", header("Disposition-Notification-To", "lettres@hopitaI.example"), set()),
    ("receipt to somebody else too", "mail.disposition-to", header("Disposition-Notification-To", "lettres@hopital.example, x@autre.example"), set()),
    ("HTML only", "mail.text", part(kind="html"), set()),
    ("Latin-1 text", "mail.charset", part(charset="iso-8859-1", text="Voilà"), set()),
    ("says it replaces", "mail.replaces-nothing", part(text="Annule et remplace le précédent"), set()),
    ("archive under another name", "mail.zip-name", part(zip_name="documents.zip"), set()),
    ("two archives", "mail.zip", part(archives=2), set()),
    ("no PDF beside", "mail.pdf", part(pdf=None), set()),
    ("PDF under another name", "mail.pdf-name", part(pdf_name="lettre.pdf"), set()),
    ("PDF named after another patient", "mail.pdf-patient", part(pdf_name="20261109_CR opératoire_DUPONT_ZEPHIRINE.pdf"), set()),
    ("PDF named after another first name", "mail.pdf-patient", part(pdf_name="20261109_CR opératoire_TESTPATIENT_ODETTE.pdf"), set()),
    ("PDF named after another day", "mail.pdf-date", part(pdf_name="20261110_CR opératoire_TESTPATIENT_ZEPHIRINE.pdf"), set()),
    ("another PDF beside", "cda.pdf-differs", part(pdf=PDF.replace(b"MARQUEUR", b"MARQUEUX")), set()),
    ("PDF cut short", "pdf.form", part(pdf=PDF[:-8]), {"cda.pdf-differs"}),
    ("PDF that does not say PDF/A-1", "pdf.pdfa", spoilt(_undeclared), {"cda.pdf-differs"}),
    ("PDF encrypted", "pdf.encrypted", part(pdf=_encrypted()), {"cda.pdf-differs"}),
    ("PDF with object streams", "pdf.streams", part(pdf=_packed()), {"cda.pdf-differs"}),
    ("PDF without colour profile", "pdf.output-intent", spoilt(_without_colours), {"cda.pdf-differs"}),
    ("PDF with a font left out", "pdf.fonts", spoilt(_foreign_font), {"cda.pdf-differs"}),
    ("PDF that lets through", "pdf.transparency", spoilt(_see_through), {"cda.pdf-differs"}),
    ("PDF with a script", "pdf.active", spoilt(_scripted), {"cda.pdf-differs"}),
    ("PDF with a file inside", "pdf.embedded", spoilt(_with_file), {"cda.pdf-differs"}),
    ("PDF of nobody beside", "mail.pdf-other", part(pdfs=2), set()),
    ("PDF named after another kind", "mail.pdf-label", part(pdf_name="20261109_CR de consultation_TESTPATIENT_ZEPHIRINE.pdf"), set()),
    ("archive of another type", "mail.type", part(zip_type="octet-stream"), set()),
    ("a file that is neither", "mail.other-file", part(other="note.txt"), set()),
    ("sender without a name", "mail.from-name", header("From", "lettres@hopital.example"), set()),
    ("to somebody else", "mail.addressee", header("To", "autre@medecin.example"), set()),
    ("to somebody whose name looks the same", "mail.addressee", header("To", "camille.durant@medecin.example"), set()),
    ("malformed message-id", "mail.headers", header("Message-ID", "abc"), set()),
    ("broken archive", "zip.readable", part(broken_zip=True), set()),
    ("no INDEX.HTM", "zip.layout", without("INDEX.HTM"), set()),
    ("no METADATA.XML", "zip.layout", without(META), set()),
    ("a path out of the archive", "zip.names", extra("../EVIL.TXT"), set()),
    ("a long file name", "zip.short-names", extra("lisez-moi-d-abord.txt"), set()),
    ("metadata that is no XML", "xdm.readable", meta("</lcm:SubmitObjectsRequest>"), set()),
    ("one byte of the document", "xdm.hash", inside(DOC, "62300 Lens", "62300 Lans", honest=False), set()),
    ("wrong digest", "xdm.hash", meta('(name="hash"><rim:ValueList><rim:Value>)[0-9a-f]{4}', r"\g<1>ffff"), set()),
    ("wrong size", "xdm.size", meta('(name="size"><rim:ValueList><rim:Value>)', r"\g<1>1"), set()),
    ("another file", "xdm.entry", meta("DOC0001.XML", "DOC0002.XML"), set()),
    ("another unique id", "xdm.unique-id", meta('(42ab" [^>]*value=")2', r"\g<1>1.2"), set()),
    ("another title", "xdm.title", meta('(URI.*?value=")CR opératoire', r"\g<1>Autre"), set()),
    ("creation in local time", "xdm.creation-time", meta("<rim:Value>20261124093000", "<rim:Value>20261124103000"), set()),
    ("service in local time", "xdm.service-time", meta("20261108230000", "20261109000000"), set()),
    ("another type", "xdm.type", meta('nodeRepresentation="34874-8"', 'nodeRepresentation="34112-3"'), {"xdm.label"}),
    ("another class", "xdm.class", meta('nodeRepresentation="10"', 'nodeRepresentation="11"'), {"xdm.label"}),
    ("another format", "xdm.format", meta("urn:ihe:iti:xds-sd:pdf:2008", "urn:asip:ci-sis:ldl-ses:2017"), set()),
    ("another facility", "xdm.facility", meta('nodeRepresentation="SA01"', 'nodeRepresentation="SA99"'), set()),
    ("another setting", "xdm.setting", meta('nodeRepresentation="ETABLISSEMENT"', 'nodeRepresentation="X"'), set()),
    ("another confidentiality", "xdm.confidentiality", meta('nodeRepresentation="N"', 'nodeRepresentation="R"'), {"xdm.label"}),
    ("another language", "xdm.language", meta("<rim:Value>fr-FR", "<rim:Value>en-GB"), set()),
    ("another patient in the entry", "xdm.patient", meta(f'(8427"[^>]*value="){INS}', r"\g<1>111111111111111"), set()),
    ("another patient in the set", "xdm.patient", meta(f'(8446"[^>]*value="){INS}', r"\g<1>111111111111111"), set()),
    ("another hospital number", "xdm.source-patient", meta("IPP0020227", "IPP0020228"), set()),
    ("another author", "xdm.author", meta('(authorPerson"><rim:ValueList><rim:Value>)8', r"\g<1>7"), set()),
    ("another authenticator", "xdm.legal-authenticator", meta('(legalAuthenticator"><rim:ValueList><rim:Value>)8', r"\g<1>7"), set()),
    ("no association", "xdm.association", meta("AssociationType:HasMember", "AssociationType:Other"), set()),
    ("misplaced classification", "xdm.classified", meta('classifiedObject="urn:uuid:....', 'classifiedObject="urn:uuid:0000'), set()),
    ("no source", "xdm.set-ids", meta("554ac39e", "000ac39e"), set()),
    ("no author of the set", "xdm.set-author", meta("a7058bb9", "0007bb9"), set()),
    ("no content type", "xdm.content-type", meta("aa543740", "00043740"), set()),
    ("no submission time", "xdm.set", meta('"submissionTime"', '"other"'), set()),
    ("wrong label in metadata", "xdm.label", meta('value="Etablissement public de santé"', 'value="Cabinet individuel"'), set()),
    ("no traits of the patient in the entry", "xdm.source-info", meta('"sourcePatientInfo"', '"other"'), set()),
    ("name of another patient in the entry", "xdm.source-info", meta(r"PID-5\|TESTPATIENT", "PID-5|DUPONT"), set()),
    ("first name of another patient in the entry", "xdm.source-info", meta(r"PID-5\|TESTPATIENT\^ZEPHIRINE\^", "PID-5|TESTPATIENT^ODETTE^"), set()),
    ("first names of another patient in the entry", "xdm.source-info", meta("MARIE-LOUISE", "ANNE"), set()),
    ("name used by another patient in the entry", "xdm.source-info", meta(r"(<rim:Value>)PID-7", r"\1PID-5|DUPONT^ZEPHIRINE^^^^^D</rim:Value>\1PID-7"), set()),
    ("another birth date in the entry", "xdm.source-info", meta(r"PID-7\|19790328", "PID-7|19790329"), set()),
    ("another sex in the entry", "xdm.source-info", meta(r"PID-8\|F", "PID-8|M"), set()),
    ("another birth place in the entry", "xdm.source-info", meta("BDL\\^\\^51215", "BDL^^51216"), set()),
    ("class of another system", "xdm.scheme", meta('(nodeRepresentation="10".*?<rim:Value>)[0-9.]+', r"\g<1>1.2.3"), set()),
    ("format of another system", "xdm.scheme", meta('(xds-sd:pdf:2008".*?<rim:Value>)[0-9.]+', r"\g<1>1.2.250.1.213.1.1.4.12"), set()),
    ("type of another system", "xdm.scheme", meta('(nodeRepresentation="34874-8".*?<rim:Value>)[0-9.]+', r"\g<1>1.2.3"), set()),
    ("facility of another system", "xdm.scheme", meta('(nodeRepresentation="SA01".*?<rim:Value>)[0-9.]+', r"\g<1>1.2.3"), set()),
    ("confidentiality of another system", "xdm.scheme", meta('(nodeRepresentation="N".*?<rim:Value>)[0-9.]+', r"\g<1>1.2.3"), set()),
    ("activity of another system", "xdm.scheme", meta('(nodeRepresentation="03".*?<rim:Value>)[0-9.]+', r"\g<1>1.2.3"), set()),
    ("entry of another kind of file", "xdm.object", meta('mimeType="text/xml"', 'mimeType="application/pdf"'), set()),
    ("entry of another kind of object", "xdm.object", meta('objectType="urn:uuid:7edca82f', 'objectType="urn:uuid:34268e47'), set()),
    ("entry withdrawn", "xdm.status", meta("(ExtrinsicObject[^>]*StatusType:)Approved", r"\1Deprecated"), set()),
    ("set withdrawn", "xdm.status", meta("(RegistryPackage[^>]*StatusType:)Approved", r"\1Submitted"), set()),
    ("document of an earlier set", "xdm.status", meta("<rim:Value>Original", "<rim:Value>Reference"), set()),
    ("source that is no OID", "xdm.oid", meta('value="1.2.250.1.999.1"', 'value="hopital"'), set()),
    ("author of another structure", "xdm.institution", meta(r"(IDNST\^\^\^1)620000000", r"\g<1>750803447"), set()),
    ("author of another structure in the set", "xdm.institution", meta(r"(RegistryPackage.*IDNST\^\^\^1)620000000", r"\g<1>750803447"), set()),
    ("another specialty in the entry", "xdm.specialty", meta(r"<rim:Value>G15_10/SM12", "<rim:Value>G15_10/SM13"), set()),
    ("another name of the author", "xdm.author", meta('(authorPerson"><rim:ValueList><rim:Value>[0-9]+\\^)Fontaine', r"\1Dupont"), set()),
    ("another name of the authenticator", "xdm.legal-authenticator", meta('(legalAuthenticator"><rim:ValueList><rim:Value>[0-9]+\\^)Fontaine', r"\1Dupont"), set()),
    ("misplaced identifier", "xdm.classified", meta('registryObject="urn:uuid:....', 'registryObject="urn:uuid:0000'), set()),
    ("no end of the service", "xdm.service-time", meta('"serviceStopTime"', '"other"'), set()),
    ("document that is no CDA", "cda.readable", cda("urn:hl7-org:v3", "urn:other"), set()),
    ("elements out of order", "cda.order", cda('(<setId[^>]*/>)(<versionNumber[^>]*/>)', r"\2\1"), set()),
    ("no realmCode", "cda.realm", cda('<realmCode code="FR"/>'), set()),
    ("wrong typeId", "cda.type-id", cda("POCD_HD000040", "POCD_HD000041"), set()),
    ("a template missing", "cda.templates", cda('<templateId root="1.2.250.1.213.1.1.1.1"/>'), set()),
    ("a fourth template", "cda.templates", cda("(<templateId)", r'<templateId root="1.2.250.1.213.1.1.1.29"/>\1'), set()),
    ("no id", "cda.id", cda('<id root="2\\.25\\.[0-9]+"/>'), {"xdm.unique-id"}),
    ("mistyped LOINC code", "cda.code", cda('code="34874-8"', 'code="34875-8"'), {"xdm.type", "mail.codecda"}),
    ("no title", "cda.title", cda("<title>[^<]*</title>"), {"xdm.title"}),
    ("no zone in effectiveTime", "cda.zone", cda('(<effectiveTime value="[0-9]{14})[+]0100', r"\1"), {"xdm.creation-time"}),
    ("no zone in author time", "cda.zone", cda('(<author><time value="[0-9]{14})[+]0100', r"\1"), set()),
    ("day only", "cda.day-only", cda('(<low value="[0-9]{8})[^"]*', r"\1"), set()),
    ("no effectiveTime", "cda.effective-time", cda('<effectiveTime value="[^"]*"/>'), {"xdm.creation-time"}),
    ("unknown confidentiality", "cda.confidentiality", cda('<confidentialityCode code="N"', '<confidentialityCode code="X"'), {"xdm.confidentiality"}),
    ("bad language", "cda.language", cda('languageCode code="fr-FR"', 'languageCode code="fr"'), {"xdm.language"}),
    ("no setId", "cda.set-id", cda("<setId[^>]*/>"), set()),
    ("version zero", "cda.version", cda('versionNumber value="1"', 'versionNumber value="0"'), set()),
    ("two patients", "cda.patient", cda("(<recordTarget>.*</recordTarget>)", r"\1\1"), set()),
    ("no qualifier of the name", "cda.patient-name", cda(' qualifier="BR">TESTPATIENT', ">TESTPATIENT"), {"cda.ins-traits", "xdm.source-info"}),
    ("impossible birth date", "cda.birth-time", cda("19790328", "19790231"), {"xdm.source-info", "cda.ins-differs"}),
    ("unknown gender", "cda.gender", cda('GenderCode code="F"', 'GenderCode code="X"'), {"cda.ins-traits", "xdm.source-info"}),
    ("patient without address", "cda.patient-contact", cda('<addr nullFlavor="UNK"/>'), set()),
    ("telephone without scheme", "cda.telecom", cda('value="tel:', 'value="'), set()),
    ("INS too short", "cda.ins-length", everywhere(INS, "27903512151898"), set()),
    ("INS with a wrong key", "cda.ins-key", everywhere(INS, "279035121518988"), set()),
    ("INS with two digits swapped", "cda.ins-key", everywhere(INS, "279035121581989"), set()),
    ("old INS register", "cda.ins-old", everywhere(ROOT, "1.2.250.1.213.1.4.2"), {"mail.ins"}),
    ("unknown INS register", "cda.ins-register", everywhere(ROOT, "1.2.250.1.213.1.4.12"), {"mail.ins"}),
    ("real identity in a trial", "cda.ins-production", everywhere(ROOT, "1.2.250.1.213.1.4.8"), set()),
    ("no place of birth", "cda.ins-traits", cda("<birthplace>.*</birthplace>"), {"xdm.source-info"}),
    ("no list of first names", "cda.ins-traits", cda("<given>ZEPHIRINE MARIE-LOUISE</given>"), {"xdm.source-info"}),
    ("no author", "cda.author", cda("<author>.*</author>"), {"xdm.author"}),
    ("author without a name", "cda.author", cda("<family>Fontaine</family>"), {"xdm.author"}),
    ("register of a professional that is no OID", "cda.oid", cda("1.2.250.1.71.4.2.1\" ext", '1.2.250.1.71.4.2.X" ext'), set()),
    ("set that is no OID", "cda.oid", cda('setId root="2', 'setId root="X'), set()),
    ("RPPS without its prefix", "cda.professional", cda("810100000016", "10100000016"), {"xdm.author"}),
    ("RPPS too short", "cda.professional", cda("810101000023", "81010100002"), {"xdm.recipient"}),
    ("RPPS with a wrong key", "cda.rpps-key", cda("810101000023", "810101000024"), {"xdm.recipient"}),
    ("no authenticator", "cda.legal-authenticator", cda("<legalAuthenticator>.*</legalAuthenticator>"), {"xdm.legal-authenticator"}),
    ("not signed", "cda.legal-authenticator", cda('signatureCode code="S"', 'signatureCode code="I"'), set()),
    ("no custodian", "cda.custodian", cda("<custodian>.*</custodian>"), set()),
    ("custodian of another register", "cda.custodian", cda('(CustodianOrganization><id root=")[0-9.]+', r"\g<1>1.2.3"), set()),
    ("FINESS too short", "cda.finess", cda("1620000000", "162000000"), {"xdm.institution"}),
    ("FINESS with a wrong key", "cda.finess-key", cda("1620000000", "1620000001"), {"xdm.institution"}),
    ("no service event", "cda.service-event", cda("<documentationOf>.*</documentationOf>"), {"xdm.service-time", "xdm.setting", "mail.pdf-date"}),
    ("unknown setting", "cda.setting", cda('code="ETABLISSEMENT"', 'code="USINE"'), {"xdm.setting"}),
    ("no encounter", "cda.encounter", cda("<componentOf>.*</componentOf>"), {"xdm.facility"}),
    ("unknown facility", "cda.facility", cda('code="SA01"', 'code="ZZ"'), {"xdm.facility"}),
    ("participant of a class not allowed", "cda.participant", cda('classCode="PROV"', 'classCode="ASSIGNED"'), {"cda.pcp"}),
    ("recipient without a name", "cda.recipient", cda("<family>Durand</family>"), set()),
    ("label of another code", "cda.label", cda('displayName="CR opératoire"', 'displayName="CR de consultation"'), {"mail.pdf-label"}),
    ("label of another specialty", "cda.label", cda("Chirurgie urologique", "Chirurgie vasculaire"), set()),
    ("code of another system", "cda.system", cda('codeSystem="2.16.840.1.113883.6.1"', 'codeSystem="2.16.840.1.113883.6.96"'), set()),
    ("unknown activity", "xdm.content-unknown", meta('nodeRepresentation="03"', 'nodeRepresentation="99"'), set()),
    ("facility of no value set", "cda.value-unknown", everywhere('"SA01"', '"SA99"'), set()),
    ("author of an unknown specialty", "cda.value-unknown", cda('(<author>.*?)G15_10/SM12', r"\1G15_10/SM99"), {"xdm.specialty"}),
    ("author of no profession", "cda.value", cda('(<author>.*?)G15_10/SM12', r"\1XYZ"), {"xdm.specialty"}),
    ("addressee of no profession", "cda.value", cda('code="G15_10/SM53"', 'code="XYZ"'), set()),
    ("unknown function", "cda.value-unknown", cda('functionCode code="PCP"', 'functionCode code="ZZZ"'), set()),
    ("function of another system", "cda.system", cda('(code="PCP" codeSystem=")[0-9.]+', r"\g<1>1.2.3"), set()),
    ("encounter of no value set", "cda.value", cda('code="IMP"', 'code="ZZZ"'), set()),
    ("encounter of another system", "cda.system", cda('(code="IMP" codeSystem=")[0-9.]+', r"\g<1>1.2.3"), set()),
    ("gender of another system", "cda.system", cda('(GenderCode code="F" codeSystem=")[0-9.]+', r"\g<1>1.2.3"), set()),
    ("profession of another system", "cda.system", cda('(<author>.*?SM12" codeSystem=")[0-9.]+', r"\g<1>1.2.3"), {"xdm.specialty"}),
    ("body announced as HTML", "cda.body-type", cda('mediaType="application/pdf"', 'mediaType="text/html"'), set()),
    ("no representation", "cda.body-representation", cda(' representation="B64"'), set()),
    ("body that is no PDF", "cda.body-pdf", cda("JVBERi0x", "PGh0bWw+"), {"cda.pdf-differs"}),
    ("one byte of the PDF inside", "cda.pdf-differs", cda('(representation="B64">.{12000})[A-Za-z]', r"\1+"), set()),
    ("no body", "cda.body", cda("<component>.*</component>"), {"xdm.format"}),
    ("replaces itself", "cda.replaces", cda('(<id root="2\\.25\\.[0-9]+"/>)(.*)(<componentOf>)', r'\1\2<relatedDocument typeCode="RPLC"><parentDocument>\1</parentDocument></relatedDocument>\3'), {"mail.replaces", "mail.thread", "cda.replaces-version", "xdm.replaces"}),
    ("no label of the document's type", "cda.label-missing", cda(' displayName="CR opératoire"'), {"mail.pdf-label"}),
    ("no label of the encounter", "cda.label-missing", cda(' displayName="Hospitalisation[^"]*"'), set()),
    ("no label of the GP's profession", "cda.label-missing", cda('(<associatedEntity.*SM53" [^>]*) displayName="[^"]*"', r"\1"), set()),
    ("label of another function", "cda.label", cda('displayName="Médecin traitant"', 'displayName="Correspondant"'), set()),
    ("label of another encounter", "cda.label", cda('displayName="Hospitalisation[^"]*"', 'displayName="Ambulatoire"'), set()),
    ("label of the other sex", "cda.label", cda('displayName="Féminin"', 'displayName="Masculin"'), set()),
    ("label of another confidentiality", "cda.label", cda('displayName="Normal"', 'displayName="Restreint"'), set()),
    ("label of another activity", "xdm.label", meta('value="Hospitalisation complète[^"]*"', 'value="Hospitalisation de Jour"'), set()),
    ("label of another format", "xdm.label", meta('value="Document à corps non structuré[^"]*"', 'value="Image"'), set()),
    ("no label in metadata", "xdm.label-missing", meta('value="Etablissement public de santé"', 'value=""'), set()),
    ("title that is no code", "cda.civility", cda("<suffix>DR</suffix>", "<suffix>Docteur</suffix>"), set()),
    ("title where the civility stands", "cda.civility", cda("<family>Durand", "<prefix>Docteur</prefix><family>Durand"), set()),
    ("two first names", "cda.name", cda("<given>Camille</given>", "<given>Camille</given><given>A</given>"), set()),
    ("two names", "cda.name", cda("(<informationRecipient><name>.*?</name>)", r"\1<name><family>Durand</family></name>"), set()),
    ("one number with two names", "cda.two-names", cda("(<intendedRecipient>.*)<family>Durand", r"\1<family>Dupont"), set()),
    ("addressee without a register", "cda.recipient-id", cda('(<intendedRecipient>)<id[^>]*>', r'\1<id nullFlavor="UNK"/>'), set()),
    ("author with two numbers", "cda.identifier", cda('(<assignedAuthor>)(<id[^>]*>)', r"\1\2\2"), set()),
    ("structure of another register", "cda.identifier", cda('(<representedOrganization><id root=")[0-9.]+', r"\g<1>1.2.3"), set()),
    ("address of lines and parts", "cda.address", cda("(<streetAddressLine>62300 Lens</streetAddressLine>)", r"\1<city>Lens</city>"), set()),
    ("empty address line", "cda.address", cda("<streetAddressLine>62300 Lens</streetAddressLine>", "<streetAddressLine/>"), set()),
    ("address without a reason", "cda.address", cda('<addr nullFlavor="UNK"/>', '<addr nullFlavor="XXX"/>'), set()),
    ("telecom without a reason", "cda.telecom", cda('<telecom nullFlavor="UNK"/>', '<telecom nullFlavor="XXX"/>'), set()),
    ("web address of no scheme we may use", "cda.telecom", cda('value="tel:[^"]*"', 'value="https://hopital.example"'), set()),
    ("GP of another participation", "cda.pcp", cda('typeCode="INF"', 'typeCode="REF"'), set()),
    ("GP without a name", "cda.pcp", cda("<associatedPerson>.*?</associatedPerson>"), set()),
    ("GP without a number", "cda.pcp-id", cda('(<associatedEntity[^>]*>)<id[^>]*>', r'\1<id nullFlavor="UNK"/>'), set()),
    ("GP without a profession", "cda.pcp-code", cda('(<associatedEntity[^>]*><id[^>]*>)<code[^>]*>', r"\1"), set()),
    ("GP without a time", "cda.participant-time", cda('<time nullFlavor="NA"/>'), set()),
    ("ends before it begins", "cda.interval", cda('(<high value=")20261109', r"\g<1>20261108"), {"xdm.service-time"}),
    ("care before birth", "cda.interval", cda('(<low value=")2026', r"\g<1>1926"), {"xdm.service-time", "mail.pdf-date"}),
    ("ethnic group", "cda.patient-private", cda('(<administrativeGenderCode[^>]*>)', r'\1<ethnicGroupCode code="1"/>'), set()),
    ("identity of another month", "cda.ins-differs", cda("19790328", "19790428"), {"xdm.source-info", "mail.subject-patient"}),
    ("Latin-1 document", "cda.encoding", latin1(DOC), set()),
    ("two documents replaced", "cda.replaces", cda("(<componentOf>)", r'<relatedDocument typeCode="XFRM"><parentDocument><id root="1.2"/></parentDocument></relatedDocument>\1'), set()),
    ("two performers", "cda.service-event", cda("(<performer .*</performer>)", r"\1\1"), set()),
    ("two custodian numbers", "cda.custodian", cda('(CustodianOrganization>)(<id[^>]*>)', r"\1\2\2"), set()),
    ("another person in the set's recipient", "xdm.recipient", meta(r"\|810101000023", "|810101000031"), set()),
    ("another mailbox in the set's recipient", "xdm.recipient", meta(r"Internet\^camille", "Internet^autre"), set()),
    ("index that leads nowhere", "zip.index", inside("INDEX.HTM", "README.TXT", "X.TXT"), set()),
    ("national number announced as the hospital's", "xdm.patient", meta(r'(8427".*?ISO\^)NH', r"\1PI"), set()),
    ("metadata in Latin-1", "xdm.readable", latin1(META), set()),
]  # fmt: skip
