"""A simulated company that speaks to the server over OTLP like anybody else: data for newcomers, tests and benchmarks.

Everything it sends carries the resource attribute `nervure.demo = true`, so that one command removes it again.
"""
