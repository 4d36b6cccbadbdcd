"""Spans: what happened to one request, for OpenTelemetry. Nothing here runs unless it is set."""
