"""`/v1/completions`: prompts that are no conversations, searched over like those that are."""
