"""The command line: a file per command in `commands`; it decides nothing the API does not."""
