"""Raw records of any dialect to the canonical span. Pure: no clock, no network, no store."""
