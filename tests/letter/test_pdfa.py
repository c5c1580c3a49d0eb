"""PDF/A-1b: what we print passes, and each thing that would make it fail is noticed."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zlib

import pikepdf
import pytest

from dictation.domain.documents import LetterType
from dictation.errors import NeedsAPerson
from dictation.letter import LetterAltered, check_pdfa, press, typeset, verify
from dictation.letter.pdfa import repair
from dictation.letter.sample import AUTHOR, DAY, SIDECAR, SITE
from tests.letter.paper import one_section


def test_every_kind_of_letter_is_pdfa_1b_with_only_our_fonts(letters, long_letter, proof, templates):
    fonts = press.families(press.faces(templates))
    for letter in (*letters.values(), long_letter, proof):
        assert check_pdfa(letter.pdf, fonts) == []
        assert letter.pdf.startswith(b"%PDF-1.4")
        assert hashlib.sha256(letter.pdf).hexdigest() == letter.sha256


def test_every_font_is_embedded_as_a_subset(long_letter):
    with pikepdf.open(io.BytesIO(long_letter.pdf)) as document:
        dictionaries = [item for item in document.objects if isinstance(item, pikepdf.Dictionary)]
        descriptors = [item for item in dictionaries if item.get("/Type") == "/FontDescriptor"]
        assert len(descriptors) >= 3
        for descriptor in descriptors:
            assert re.match(r"/[A-Z]{6}\+Letter-", str(descriptor.FontName))
            assert len(descriptor.FontFile2.read_bytes()) > 1_000


def test_the_repair_moves_the_namespaces_where_readers_look(letters):
    with pikepdf.open(io.BytesIO(letters[LetterType.DISCHARGE].pdf)) as document:
        packet = document.Root.Metadata.read_bytes()
    assert packet.startswith(b"<?xpacket begin") and packet.endswith(b'<?xpacket end="r"?>')
    for description in re.findall(rb"<rdf:Description[^>]*>", packet):
        assert b"xmlns:" in description
    assert packet.count(b"xmlns:pdfaid=") == 1
    assert "Lettre de liaison à la sortie 2026-DIS-0142".encode() in packet


def test_no_name_of_a_patient_stands_in_the_metadata(letters):
    for letter in letters.values():
        with pikepdf.open(io.BytesIO(letter.pdf)) as document:
            metadata = document.Root.Metadata.read_bytes().decode() + str(dict(document.docinfo))
        assert "trois" not in metadata.casefold()
        assert "00482913" not in metadata


def _spoil_header(pdf):
    return pdf.replace(b"%PDF-1.4", b"%PDF-1.7", 1)


def _spoil(change):
    def spoil(pdf):
        with pikepdf.open(io.BytesIO(pdf)) as document:
            change(document)
            out = io.BytesIO()
            document.save(out, force_version="1.4", object_stream_mode=pikepdf.ObjectStreamMode.disable)
        return out.getvalue()

    return spoil


def _encrypt(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        out = io.BytesIO()
        document.save(
            out,
            force_version="1.4",
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            encryption=pikepdf.Encryption(owner="x", user="", R=3, aes=False, metadata=False),
        )
    return out.getvalue()


def _first(document, kind):
    return next(item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == kind)


def _attach(document):
    document.attachments["x.txt"] = b"x"


def _script(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _link(document):
    action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org/")
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(link)])


def _launch(document):
    document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Launch, F="x.exe"))
    document.Root.Extra = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Launch, F="x.exe"))


def _transparent(document):
    document.Root.Extra = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, ca=0.5))


def _blend(document):
    state = pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, BM=pikepdf.Name.Multiply)
    document.Root.Extra = document.make_indirect(state)


def _soft_mask(document):
    image = document.make_stream(zlib.compress(b"\0"), Subtype=pikepdf.Name.Image)
    image.SMask = document.make_stream(b"\0")
    document.Root.Extra = image


def _group(document):
    document.pages[0].Group = pikepdf.Dictionary(S=pikepdf.Name.Transparency)


def _no_font(document):
    del _first(document, "/FontDescriptor").FontFile2


def _no_unicode(document):
    font = next(
        item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == "/Type0"
    )
    del font.ToUnicode


def _no_intent(document):
    del document.Root.OutputIntents


def _no_metadata(document):
    del document.Root.Metadata


def _other_part(document):
    packet = document.Root.Metadata.read_bytes().replace(b'part="1"', b'part="3"')
    document.Root.Metadata = document.make_stream(packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)


def _form(document):
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array())


def _layers(document):
    document.Root.OCProperties = pikepdf.Dictionary()


def _page_action(document):
    document.pages[0].AA = pikepdf.Dictionary()


def _outside_stream(document):
    document.Root.Extra = document.make_stream(b"", F="/etc/passwd")


def _no_language(document):
    del document.Root.Lang


SPOILED = {
    "another version": (_spoil_header, "6.1.2"),
    "cut short": (lambda pdf: pdf[: len(pdf) // 2], "readable|6.1|6.7"),
    "not a PDF": (lambda pdf: b"%PDF-1.4\n%\xff\xff\xff\xff\nhello", "readable"),
    "encrypted": (_encrypt, "6.1.3"),
    "attachment": (_spoil(_attach), "6.1.11"),
    "script on opening": (_spoil(_script), "6.6.1"),
    "link": (_spoil(_link), "annotation"),
    "program to launch": (_spoil(_launch), "6.6.1"),
    "transparency": (_spoil(_transparent), "6.4"),
    "blend mode": (_spoil(_blend), "6.4"),
    "soft mask": (_spoil(_soft_mask), "6.4"),
    "transparency group": (_spoil(_group), "6.4"),
    "font left out": (_spoil(_no_font), "6.3.4"),
    "text that cannot be read back": (_spoil(_no_unicode), "read back"),
    "no colour profile": (_spoil(_no_intent), "6.2.2"),
    "no metadata": (_spoil(_no_metadata), "6.7.2"),
    "another part of the standard": (_spoil(_other_part), "6.7.11"),
    "form": (_spoil(_form), "6.9"),
    "layers": (_spoil(_layers), "6.1.13"),
    "action on a page": (_spoil(_page_action), "6.6.2"),
    "stream outside the file": (_spoil(_outside_stream), "6.1.7"),
    "no language": (_spoil(_no_language), "language"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_letter_that_is_not_pdfa_1b_is_noticed(letters, name):
    spoil, clause = SPOILED[name]
    findings = check_pdfa(spoil(letters[LetterType.OPERATION].pdf))
    assert re.search(clause, " ".join(findings)), findings


def test_what_weasyprint_writes_needs_the_repair(templates):
    faces = press.faces(templates)
    raw = press.press("<html lang=fr><title>x</title><p>x", templates, faces, "principal")
    assert any(finding.startswith("7.3") for finding in check_pdfa(raw))
    assert check_pdfa(repair(raw)) == []


def test_a_font_that_is_not_the_letters_is_noticed(letters):
    findings = check_pdfa(letters[LetterType.OPERATION].pdf, frozenset({"Letter-text"}))
    assert any("not the letter's" in finding for finding in findings)


def test_any_changed_byte_is_noticed(letters):
    letter = letters[LetterType.CONSULTATION]
    verify(letter.pdf, letter.sha256, "L1")
    for place in range(0, len(letter.pdf), 1_999):
        altered = bytearray(letter.pdf)
        altered[place] ^= 1
        with pytest.raises(LetterAltered) as alarm:
            verify(bytes(altered), letter.sha256, "L1")
    assert alarm.value.code == "E_LETTER_ALTERED"
    assert isinstance(alarm.value, NeedsAPerson)
    assert str(alarm.value).startswith(f"letter L1: approved {letter.sha256[:12]}, found ")
    with pytest.raises(LetterAltered):
        verify(letter.pdf[:-1], letter.sha256, "L1")


def test_bytes_with_the_right_digest_that_are_no_letter_are_refused():
    other = b"%PDF-1.4 nothing"
    with pytest.raises(NeedsAPerson) as refusal:
        verify(other, hashlib.sha256(other).hexdigest(), "L1")
    assert refusal.value.code == "E_PDFA"


def test_an_absent_font_stops_the_letter(templates, tmp_path):
    folder = tmp_path / "letter"
    shutil.copytree(templates, folder)
    table = folder / "fonts" / "fonts.toml"
    table.write_text(table.read_text(encoding="utf-8").replace("Lato-Bold.ttf", "Absent-Bold.ttf"), encoding="utf-8")
    with pytest.raises(NeedsAPerson) as refusal:
        typeset(
            one_section("Rien."), SIDECAR, AUTHOR, SITE,
            signatory=AUTHOR, letter_id="L1", printed_on=DAY, templates=folder,
        )  # fmt: skip
    assert refusal.value.code == "E_PDFA"
    assert "Absent-Bold.ttf" in str(refusal.value)


def test_a_broken_font_stops_the_letter(templates, tmp_path):
    folder = tmp_path / "letter"
    shutil.copytree(templates, folder)
    (folder / "fonts" / "Lato-Bold.ttf").write_bytes(b"\0\1\0\0" + b"\0" * 200)
    with pytest.raises(NeedsAPerson) as refusal:
        typeset(
            one_section("Rien."), SIDECAR, AUTHOR, SITE,
            signatory=AUTHOR, letter_id="L1", printed_on=DAY, templates=folder,
        )  # fmt: skip
    assert refusal.value.code == "E_PDFA"
