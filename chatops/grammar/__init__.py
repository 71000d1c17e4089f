"""The chat grammar: pure functions over values. `now` and the time zone are arguments; nothing is looked up.

`tokens` cuts a typed line, `shapes` says what a command takes, `binding` reads the tokens as that,
`writing` writes a line that reads the same.
"""
