"""Where the service is, and what it is asked."""

import os

ADDRESS = os.environ["FATHOM_URL"]
QUESTION = "Tom has 3 boxes of 4 pens. How many pens has he?"
ASKED = [{"role": "user", "content": QUESTION}]
SEARCH = {"strategy": {"kind": "best_of_n", "n": 2}, "budget": {"tokens": 64}}
OPERAND = {"type": "integer", "enum": [3, 4]}
MULTIPLY = {
    "type": "function",
    "function": {
        "name": "multiply",
        "description": "Multiply two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": OPERAND, "b": OPERAND},
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    },
}
