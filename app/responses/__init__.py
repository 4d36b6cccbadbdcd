"""OpenAI's Responses API in front of the search."""
