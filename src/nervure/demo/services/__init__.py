"""The services of the simulated company, a file each, ending in SERVICE."""
