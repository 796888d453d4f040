"""The Python client and `nervure.init()`: a thin layer over OpenTelemetry and the HTTP API; needs no server package."""
