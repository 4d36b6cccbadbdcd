"""`python -m tests.sandbox.fathom`: the command line, of this tree."""

from app.cli import main

if __name__ == "__main__":
    main()
