"""A trace of Opik's SDK, sent to a server that refuses at first; prints whether all of it was taken in the end."""

import sys

import opik

client = opik.Opik()
for number in range(3):
    trace = client.trace(name=f"trace-{number}", input={"n": number}, output={"n": number})
    trace.span(name=f"span-{number}", input={"n": number}, output={"n": number}).end()
    trace.end()
print(client.flush(timeout=90), file=sys.stdout)
client.end()
