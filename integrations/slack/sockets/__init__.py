"""Socket Mode: for installations that Slack can't reach, its requests come through websockets that we open.

`listener` follows the connections, `group` keeps the websockets of one of them, `websocket` is one websocket of
slack_sdk's own client, `envelopes` turns what comes in into what the same request would be over HTTP. What
follows is the door's way: a committed row first, then the acknowledgement, then the same handlers.
"""
