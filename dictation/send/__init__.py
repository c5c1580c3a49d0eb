"""Send: an approved letter leaves the hospital once, or a person is told why not.

clearance.py  may it leave, at this very second?      message.py  the mail around the PDF
carrier.py    the Protocol of a way out               smime.py    signed, then encrypted to the GP
smtp.py       the line to the mail server             folder.py   paper: the folder of letters to print
send.py       the verb: intent first, claim before DATA, never a blind second send
pack.py       dictation and settings -> Parcel         mssante.py  the trusted mail space: PDF and IHE_XDM.zip

document.py works out what cda.py and xdm.py write down; check_message.py (check_xdm.py, check_cda.py) is the validator.
"""

from dictation.send.send import confirm_sent, resend, send

__all__ = ["confirm_sent", "resend", "send"]
