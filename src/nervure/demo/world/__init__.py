"""Worlds: a company drawn from a seed, on which known faults fall, with the truth recorded beside.

The yardstick of detection: what a world does is a mechanism (a provider fails, clients retry, latency and answers
follow), never a painted number; the truth says which faults there were, where, when, how strong, and which events
were none.
"""
