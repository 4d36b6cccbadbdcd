"""`Idempotency-Key`: a request that is sent twice is answered once."""
