"""The judgement of a real validator: Apache PDFBox Preflight, from Debian (libpdfbox2-java and a Java runtime)."""

from __future__ import annotations

import subprocess
from pathlib import Path

from dictation.domain.documents import LetterType
from dictation.domain.proof import ProofSheet, ProofTable
from dictation.letter import check_pdfa, press, proof_page
from dictation.letter.sample import SITE

JARS = Path("/usr/share/java")
CLASS_PATH = ":".join(
    str(JARS / f"{name}.jar")
    for name in (
        "preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "jaxb-api", "javax.activation",
    )
)  # fmt: skip


def _judge(*files: Path) -> str:
    validator = "org.apache.pdfbox.preflight.Validator_A1b"
    answers = (
        subprocess.run(
            ["java", "-Djava.awt.headless=true", "-cp", CLASS_PATH, validator, str(file)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        for file in files
    )
    return "\n".join(answer.stdout + answer.stderr for answer in answers)


def test_preflight_finds_every_letter_valid(letters, long_letter, templates, tmp_path):
    files = []
    for name, letter in {"long": long_letter, "discharge": letters[LetterType.DISCHARGE]}.items():
        files.append(tmp_path / f"{name}.pdf")
        files[-1].write_bytes(letter.pdf)
    table = ProofTable("Accusés", ("Le", "Termes"), (("25/11/2026", "250 2.0.0 Ok"),), "", frozenset({1}))
    files.append(tmp_path / "proof.pdf")
    files[-1].write_bytes(proof_page(ProofSheet("a-1", ("Patient",), (table,), "fin"), SITE, templates=templates))
    verdict = _judge(*files)
    assert verdict.count("is a valid PDF/A-1b file") == len(files), verdict


def test_preflight_refuses_what_our_own_check_refuses(templates, tmp_path):
    # What WeasyPrint wrote, before the repair: both must see the same fault, or one of them sees nothing.
    raw = press.press("<html lang=fr><title>x</title><p>x", templates, press.faces(templates), "principal")
    file = tmp_path / "raw.pdf"
    file.write_bytes(raw)
    assert "7.3" in _judge(file)
    assert [finding[:3] for finding in check_pdfa(raw)] == ["7.3"]
