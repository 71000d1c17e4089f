"""The /incident commands, one module per concern."""
