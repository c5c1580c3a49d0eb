"""Demo: the world around the hospital, for `dictation demo` and for tests: a small PKI, a GP with a mailbox."""
