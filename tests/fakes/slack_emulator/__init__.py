"""A Slack that somebody else has written: the stateful emulator `emulate`, run as a program on loopback.

    with Relay(copies=4, seed=7) as relay, Emulator(relay.address, workspace) as slack:
        bo = WebClient(token="xoxp-bo", base_url=slack.api_url)

Our own fake knows what we know of Slack. This one was written from Slack's pages by others, so where both agree
with us, it is less likely that we have misread them. It is not part of this tree: `install.sh` gets it.
"""

from tests.fakes.slack_emulator.program import Emulator, why_not
from tests.fakes.slack_emulator.relay import Relay

__all__ = ["Emulator", "Relay", "why_not"]
