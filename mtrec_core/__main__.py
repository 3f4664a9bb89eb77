"""`python -m mtrec_core`."""

from mtrec_core.cli.app import main

if __name__ == "__main__":
    main()
