"""What everything may use: clock, ids, settings, errors, plug-in discovery, the journal."""
