"""How the tables came to be what they are: a file for each change, run in the order they name."""
