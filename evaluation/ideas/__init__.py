"""Problems whose ideas are known, and a model scripted to have them: what diversity is worth."""
