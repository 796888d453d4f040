"""Properties hold or do not, however slow the machine is: none of them is judged by the clock."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
