"""The commands, a file each, ending in COMMAND."""
