"""`fathom train`: what is trained is a command of its own."""

import typer

from app.commands.training.pause import pause
from app.commands.training.sft import sft
from app.commands.training.verifier import verifier

train = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Train a model that vLLM can serve; a command goes on with what it was stopped at.",
)
train.command("prm", help="Train a judge of steps.")(verifier)
train.command("orm", help="Train a judge of whole solutions.")(verifier)
train.command("sft", help="Fine-tune a student on instructions and their responses.")(sft)
train.command("pause", help="Teach a model to think over pause tokens.")(pause)
