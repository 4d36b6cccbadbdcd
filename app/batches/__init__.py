"""OpenAI's files and batches: requests that come in a file, and are answered in one."""
