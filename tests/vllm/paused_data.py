"""What a small model is taught to pause by."""

PAUSES = 10
ANSWERS = {
    "What is the capital of France?": "Paris, on the Seine, of course.",
    "What is two and two?": "Four: two, and two more.",
    "Who wrote Hamlet?": "Shakespeare did, in London.",
    "What colour is the sky?": "Blue by day, black by night.",
}
PAIRS = [{"instruction": asked, "output": answered} for asked, answered in ANSWERS.items()]
TEXTS = [f"{asked} {answered}" for asked, answered in ANSWERS.items()] * 4
