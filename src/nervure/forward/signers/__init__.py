"""A file each: how a cloud wants its requests signed."""
