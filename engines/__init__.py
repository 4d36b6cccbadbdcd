"""Sources of text: what a search may ask of a language model, and the servers that answer."""
