"""Real SDKs from the package index against a fake model provider and a real server, asked through the public API."""
