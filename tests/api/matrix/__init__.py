"""Who may do what at every address: the table, and what it is held against."""
