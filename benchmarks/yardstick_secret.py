"""The secret that load and yardstick share (importing the yardstick itself would configure Django)."""

SECRET = b"benchmark-secret"
