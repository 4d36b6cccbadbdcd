"""What `fathom compare --prompts` is made of: who answers, and what it says."""
