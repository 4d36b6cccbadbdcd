"""The README's examples, run as they stand. `make test-readme` runs it; pytest does not."""
