"""Who a person is elsewhere."""

from django.db import models

from accounts.models.user import User
from common import clock


class Identity(models.Model):
    """A person as another system knows them; linked to a user or not yet.

    `realm` names the system and its tenant, such as `slack:T024BE7LD` or `bridge:7`. A name or an e-mail
    in it is only shown, never trusted; unless an administrator has said so for that system (`linked_how`).
    `unlinked_at`: somebody undid the link, so that no address makes it again.
    """

    BY_HAND, BY_EMAIL = "hand", "email"

    realm = models.CharField(max_length=80)
    outside_id = models.CharField(max_length=120)
    name = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)
    is_bot = models.BooleanField(default=False)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="identities")
    linked_at = models.DateTimeField(null=True, blank=True)
    linked_how = models.CharField(max_length=10, blank=True, default="")
    unlinked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=["realm", "outside_id"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.name or self.outside_id} ({self.realm})"
