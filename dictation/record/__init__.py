"""Record: the signed letter goes into the hospital's own patient record, the same bytes the GP receives.

A signed dictation in, an acknowledged document in the record out. Independent of sending: an objection to the GP keeps
the letter from leaving, not from the patient's own record. `filing.py` is the verb; a Link is the way in: HL7 v2 MDM
over MLLP, FHIR R4 over HTTPS, or a folder an interface engine picks up.
"""

from dictation.record.document import RecordDocument, document_of
from dictation.record.filing import Filed, Link, file_due

__all__ = ["Filed", "Link", "RecordDocument", "document_of", "file_due"]
