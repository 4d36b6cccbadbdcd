"""The ways of `fathom label`, a module each; `app.commands.label` chooses among them."""
