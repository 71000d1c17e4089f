"""Forms: the other way to write a command. What is filled in becomes the typed line, and that line is run."""
