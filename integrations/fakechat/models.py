"""The fake chat's channels and messages."""

from django.db import models

from common import clock
from connections.models import Connection


class FakeChannel(models.Model):
    """A channel. Its outside id is `F<pk>`."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    marker = models.CharField(max_length=120, blank=True, default="")
    is_private = models.BooleanField(default=False)
    topic = models.CharField(max_length=250, blank=True, default="")
    members = models.JSONField(default=list, blank=True)
    pins = models.JSONField(default=list, blank=True)
    bookmarks = models.JSONField(default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="fake_channel_name_once")]

    def __str__(self) -> str:
        return f"#{self.name}"

    @property
    def outside_id(self) -> str:
        return f"F{self.pk}"


class FakeMessage(models.Model):
    """A post in a channel, or an answer to a command (then `address` says where)."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(FakeChannel, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    address = models.CharField(max_length=500, blank=True, default="")
    thread = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies")
    marker = models.CharField(max_length=120, blank=True, default="", db_index=True)
    author = models.CharField(max_length=120, blank=True, default="")
    text = models.TextField()
    card = models.JSONField(null=True, blank=True)
    to_everyone = models.BooleanField(default=True)
    reactions = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:60]


class FakeDialog(models.Model):
    """A form in front of somebody. Its outside id is `D<pk>`."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    trigger = models.CharField(max_length=200)
    content = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.content.get("title", ""))


class FakeHome(models.Model):
    """The home of our app, for one person."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    person = models.CharField(max_length=120)
    cards = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "person"], name="fake_home_once")]

    def __str__(self) -> str:
        return f"home of {self.person}"
