"""What command functions share: their arguments, look-ups, and ways to answer."""
