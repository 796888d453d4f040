"""`python -m nervure` is the `nervure` command."""

from nervure.cli.main import main

main()
