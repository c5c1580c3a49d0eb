"""Lists of revoked certificates as an authority publishes them: made by `openssl ca`."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from dictation.demo.pki import Authority


def make_crl(
    authority: Authority,
    folder: Path,
    *revoked: x509.Certificate,
    issued: datetime,
    days: float = 7.0,
    named: str = "liste.crl",
) -> Path:
    """A list in PEM, in a folder made for it."""
    work = folder / f"work-{named}"
    work.mkdir(parents=True)
    certificate, key = authority.identity.write(work, "ca")
    rows = [
        f"R\t{_short(one.not_valid_after_utc)}\t{_short(issued)}\t{one.serial_number:040X}\tunknown\t/CN=somebody\n"
        for one in revoked
    ]
    (work / "index.txt").write_text("".join(rows))
    (work / "crlnumber").write_text("01\n")
    (work / "ca.cnf").write_text(
        f"[ca]\ndefault_ca = it\n[it]\ndatabase = {work}/index.txt\ncrlnumber = {work}/crlnumber\ndefault_md = sha256\n"
    )
    out = folder / named
    subprocess.run(
        [
            "openssl", "ca", "-gencrl", "-config", work / "ca.cnf", "-cert", certificate, "-keyfile", key,
            "-crl_lastupdate", _long(issued), "-crl_nextupdate", _long(issued + timedelta(days=days)), "-out", out,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return out


def _short(at: datetime) -> str:
    return f"{at:%y%m%d%H%M%SZ}"


def _long(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%SZ}"
