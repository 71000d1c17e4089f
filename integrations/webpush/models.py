"""Where a browser is written to."""

from django.db import models

from common import clock
from connections.secrets import seal_json, unseal_json
from integrations.webpush.sealing import Keys, from_text, to_text


class Subscription(models.Model):
    """One browser that has asked for notifications: where its push service is, and its keys.

    `address` is the digest of that place, and the address of the contact method; the place itself is a secret, because
    who knows it can write there.
    """

    address = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80)
    sealed = models.TextField(editable=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def put(self, endpoint: str, keys: Keys) -> None:
        """Encrypt and set where it is (not saved yet)."""
        self.sealed = seal_json({"endpoint": endpoint, "public": to_text(keys.public), "auth": to_text(keys.auth)})

    @property
    def endpoint(self) -> str:
        """The address at its push service."""
        return str(unseal_json(self.sealed)["endpoint"])

    @property
    def keys(self) -> Keys:
        """Its keys."""
        held = unseal_json(self.sealed)
        return Keys(from_text(held["public"]), from_text(held["auth"]))
