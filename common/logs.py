"""How the log is written."""

import logging

from common.redaction import redacted


class Redacting(logging.Formatter):
    """A formatter that takes known shapes of secrets out of messages and tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
