"""What strategies say to the model in their own words: of refining answers, and of programs.

Traces hold these texts: what was recorded with others cannot be replayed.
"""

from search.strategies.prompts.refining import (
    CRITICISE,
    FLAWLESS,
    MEND,
    OTHERS,
    REVISE,
    SYNTHESISE,
    flawless,
    revising,
    synthesising,
)

__all__ = [
    "CRITICISE",
    "FLAWLESS",
    "MEND",
    "OTHERS",
    "REVISE",
    "SYNTHESISE",
    "flawless",
    "revising",
    "synthesising",
]
