"""HTTP and the command line in, answers out: the only layer that knows of OpenAI's JSON."""
