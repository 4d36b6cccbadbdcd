"""What can go wrong where a policy is made of questions.

CalibrateError
├── CannotCalibrate   no policy comes of these questions, models or flags, and why
├── NotPooled         a question's solutions are not what was asked for: it is left out
└── NotReplayable     a strategy asks for what a pool does not hold: it is run live
"""


class CalibrateError(Exception):
    """Base of every error here."""


class CannotCalibrate(CalibrateError):
    """No policy can be made; says why."""


class NotPooled(CalibrateError):
    """The solutions of one question are not what was asked for; says why."""


class NotReplayable(CalibrateError):
    """A strategy asks for what a pool of whole solutions does not hold; says what."""
