"""`python -m dictation`: the same as the `dictation` command."""

from dictation.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
