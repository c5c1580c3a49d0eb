"""From the surgeon's voice to the letter in the GP's secure mailbox.

    inbox/ -> intake -> transcribe -> structure -> draft -> proofread -> letter -> send -> archive
     audio    Recording  Transcript    Report      Draft    Approval     Letter   Receipt  ArchiveEntry

Each verb has its file or folder of the same name; pipeline.py is the table that joins them.
"""

__version__ = "0.1.0"
