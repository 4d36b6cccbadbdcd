"""Judges of text: process and outcome reward models, verifiers, votes."""
