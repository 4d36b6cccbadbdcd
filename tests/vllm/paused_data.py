"""What a small model is taught to pause by."""

PAUSES = 10
ANSWERS = {"Sky?": "blue", "Grass?": "green", "Snow?": "white", "Coal?": "black"}
PAIRS = [{"instruction": asked, "output": answered} for asked, answered in ANSWERS.items()]
TEXTS = [f"{asked} {answered}" for asked, answered in ANSWERS.items()] * 4
