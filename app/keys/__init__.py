"""Who may ask, how much, and when it is whose turn."""
