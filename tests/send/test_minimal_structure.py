"""The rules of the CI-SIS minimal structure, written out once more as XPath, over every document we can make.

Our validator is code that we wrote beside the writer of the document: a rule both got wrong would pass. Here the rules
stand alone, as the agency's schematron and profiles (2021, 2026) give them: where, and what must be true there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest
from lxml import etree

from dictation.domain.documents import LetterType
from dictation.domain.parcel import Replaced
from dictation.domain.people import Addressee, Sex
from dictation.send.cda import HL7, write_cda
from dictation.send.document import describe
from tests.send.peers import ADDRESSEE, GP, PATIENT, SITE, SURGEON, Clock, letter_parcel

CLOCK = Clock(datetime(2026, 7, 14, 22, 30, tzinfo=UTC))
_FLAVOR = "@nullFlavor='UNK' or @nullFlavor='NASK' or @nullFlavor='ASKU' or @nullFlavor='NAV' or @nullFlavor='MSK'"
_TITLE = ".='DR' or .='MC' or .='MG' or .='PC' or .='PG' or .='PR'"
_SCHEME = "substring-before(@value,':')"
RULES = [
    ("/c:ClinicalDocument", "count(c:realmCode)=1 and c:realmCode/@code='FR'"),
    ("/c:ClinicalDocument", "count(c:templateId)=3"),
    ("/c:ClinicalDocument", "c:templateId/@root='2.16.840.1.113883.2.8.2.1'"),
    ("/c:ClinicalDocument", "c:templateId/@root='1.2.250.1.213.1.1.1.1'"),
    ("/c:ClinicalDocument", "c:templateId/@root='1.3.6.1.4.1.19376.1.2.20'"),
    ("/c:ClinicalDocument", "c:id/@root and c:title and c:effectiveTime/@value and c:setId/@root"),
    ("/c:ClinicalDocument", "c:code/@code and c:code/@codeSystem and c:code/@displayName"),
    ("/c:ClinicalDocument", "c:languageCode/@code='fr-FR'"),
    ("/c:ClinicalDocument", "count(c:recordTarget)=1 and count(c:legalAuthenticator)=1 and count(c:componentOf)=1"),
    ("/c:ClinicalDocument", "c:documentationOf and c:custodian and c:author and count(c:relatedDocument)<=1"),
    ("/c:ClinicalDocument/c:effectiveTime", "string-length(@value)=19"),
    ("//c:addr", f"(not(@*) and *) or (@use and *) or (count(@*)=1 and not(*) and ({_FLAVOR}))"),
    ("//c:addr[c:streetAddressLine]", "count(*)=count(c:streetAddressLine)"),
    (
        "//c:telecom",
        f"(count(@*)=1 and ({_FLAVOR})) or (substring-after(@value,':') and "
        f"contains(' tel fax mailto http ftp mllp ', concat(' ',{_SCHEME},' ')))",
    ),
    ("//c:telecom[@use]", "contains(' H HP HV WP DIR PUB EC MC PG ', concat(' ',@use,' '))"),
    ("//c:assignedEntity", "count(c:id)=1 and c:id/@root and c:id/@extension"),
    ("//c:assignedAuthor", "count(c:id)=1 and c:id/@root and c:id/@extension"),
    ("//c:associatedEntity", "count(c:id)<=1"),
    ("//c:representedOrganization", "c:id/@root='1.2.250.1.71.4.2.2' and count(c:name)=1"),
    ("//c:assignedPerson | //c:associatedPerson", "count(c:name)=1 and count(c:name/c:family)=1"),
    ("//c:intendedRecipient/c:informationRecipient", "count(c:name/c:family)=1"),
    ("//c:name[not(parent::c:patient)]", "count(c:given)<=1 and count(c:prefix)<=1 and count(c:suffix)<=1"),
    ("//c:name/c:prefix", ".='M' or .='MLLE' or .='MME'"),
    ("//c:name/c:suffix", _TITLE),
    ("//c:intendedRecipient/c:id", "@root='1.2.250.1.71.4.2.1' and @extension"),
    ("//c:receivedOrganization/c:id", "@root='1.2.250.1.71.4.2.2' and @extension"),
    ("//c:encompassingEncounter/c:code", "@code and @codeSystem and @displayName and not(@nullFlavor)"),
    ("//c:encompassingEncounter", "count(c:location)=1 and c:effectiveTime"),
    ("//c:healthCareFacility", "c:code/@code and c:code/@codeSystem and c:code/@displayName and not(c:id)"),
    ("//c:representedCustodianOrganization", "count(c:id)=1 and c:id/@root='1.2.250.1.71.4.2.2'"),
    ("//c:serviceEvent", "count(c:performer)=1 and c:performer/@typeCode='PRF'"),
    ("//c:serviceEvent", ".//c:representedOrganization/c:standardIndustryClassCode/@code"),
    ("//c:serviceEvent/c:effectiveTime", "c:low/@value and not(@nullFlavor)"),
    ("//c:legalAuthenticator", "c:time/@value and c:signatureCode/@code='S' and c:assignedEntity/c:assignedPerson"),
    ("/c:ClinicalDocument/c:author", "c:time/@value and c:assignedAuthor/c:code/@codeSystem='1.2.250.1.213.1.1.4.5'"),
    ("//c:participant", "count(c:time)=1 and c:associatedEntity"),
    ("//c:participant/c:functionCode", "@code and @codeSystem and not(@nullFlavor)"),
    ("//c:participant/c:associatedEntity/c:code", "@code and @codeSystem and @displayName"),
    ("//c:patientRole", "not(c:id/@nullFlavor) and not(@classCode) and count(c:patient)=1"),
    ("//c:patient", "count(c:name)=1 and c:birthTime and c:administrativeGenderCode"),
    ("//c:patient/c:name/c:family", "@qualifier='BR' or @qualifier='CL'"),
    ("//c:patient/c:name/c:given", "not(@qualifier) or @qualifier='BR' or @qualifier='CL'"),
    ("//c:administrativeGenderCode", "@code='F' or @code='M' or @code='UN'"),
    ("//c:relatedDocument", "@typeCode='RPLC' and count(c:parentDocument/c:id)=1 and c:parentDocument/c:id/@root"),
    ("//c:nonXMLBody/c:text", "@mediaType='application/pdf' and @representation='B64'"),
]  # fmt: skip
NOBODY_KNOWN = Addressee("Cabinet du Marché", title="", mailbox=GP)
CASES = {
    "a GP the directory knows": {"addressee": ADDRESSEE},
    "a GP of whom only the name is known": {"addressee": Addressee("Durand", "Camille", mailbox=GP)},
    "a colleague": {"addressee": replace(ADDRESSEE, general_practitioner=False, title="Professeur")},
    "a practice": {"addressee": NOBODY_KNOWN},
    "an unknown sex": {"patient": replace(PATIENT, sex=Sex.UNKNOWN)},
    "used names": {"patient": replace(PATIENT, used_last_name="Épouse", used_first_name="Zoé")},
    "the hospital number alone": {"patient": replace(PATIENT, ins=None, given_names="", birth_place="")},
    "titles of all sorts": {"author": replace(SURGEON, title="Madame"), "signatory": replace(SURGEON, title="Maître")},
    "a house without address or telephone": {"site": replace(SITE, address=(), telephone="")},
    "a second version": {"letter_version": 2, "replaces": Replaced(1, "<a@b.example>")},
    "hidden": {"hidden_from_patient": True},
    "a stay of a week": {"begun_on": date(2026, 11, 2), "ended_on": date(2026, 11, 9)},
}  # fmt: skip


def broken(root) -> list[tuple[str, str]]:
    names = {"c": HL7}
    return [
        (where, what)
        for where, what in RULES
        for node in root.xpath(where, namespaces=names)
        if not node.xpath(f"boolean({what})", namespaces=names)
    ]


@pytest.mark.parametrize(("letter_type", "case"), list(product(LetterType, CASES)))
def test_every_document_we_can_make_keeps_every_rule(letter_type, case):
    document = describe(letter_parcel(CLOCK, letter_type=letter_type, **CASES[case]), production=False)
    assert broken(etree.fromstring(write_cda(document))) == []


def test_each_rule_looks_at_something():
    """A path that finds nothing is no rule: over all cases together, every one meets its element."""
    roots = [
        etree.fromstring(write_cda(describe(letter_parcel(CLOCK, **changes), production=False)))
        for changes in CASES.values()
    ]
    idle = [where for where, _ in RULES if not any(root.xpath(where, namespaces={"c": HL7}) for root in roots)]
    assert idle == []
