"""What Fathom adds to a call, measured against the call itself. `make bench` runs it."""
