"""Types of monitors, a file each, ending in MONITOR."""
