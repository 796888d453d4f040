"""From findings to incidents people work with."""
