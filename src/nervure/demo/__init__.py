"""The simulated company: believable AI traffic over real OTLP."""
