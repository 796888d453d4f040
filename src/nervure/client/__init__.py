"""The Python client and nervure.init()."""
