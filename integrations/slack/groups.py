"""User groups of Slack and who is in them, from what Slack has told us: once one was mentioned, all are known."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Identity, User
from chatops.groups import Group
from integrations.slack.models import Fact

#: members of a group that are kept
_MOST = 500


def group_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """What we keep of Slack's record of a user group; nobody is in one that is switched off."""
    users = record.get("users") if isinstance(record.get("users"), list) and not record.get("date_delete") else []
    people = [user for user in users or [] if isinstance(user, str)]
    return {"name": str(record.get("handle") or record.get("name") or "")[:120], "users": people[:_MOST]}


def find_group(name: str) -> Group | None:
    """The group with this handle, with its people by their linked accounts."""
    facts = Fact.objects.filter(about=Fact.GROUP, is_sure=True, answer__name__iexact=name)
    fact = facts.filter(connection__removed_at__isnull=True).select_related("connection").order_by("pk").first()
    if fact is None:
        return None
    ids = fact.answer.get("users", [])
    realm = str(fact.connection.settings.get("realm", ""))
    linked = Identity.objects.filter(realm=realm, outside_id__in=ids, is_bot=False, user__is_active=True)
    people = list(User.objects.filter(pk__in=linked.values("user_id")).order_by("name", "id"))
    return Group(str(fact.answer["name"]), people, strangers=len(ids) - linked.count())
