"""People, teams and tokens as the API takes and gives them."""

from rest_framework import serializers

from accounts.api.fields import Flag, Input, Person, PersonRef, Text, Time, Whole, Word
from accounts.models import Role, Token, User

ROLES = Role.values
THEMES = [theme for theme, _ in User.THEMES]
TEXT_SIZES = [size for size, _ in User.TEXT_SIZES]


class UserOut(Person):
    """A person with an account."""

    email = serializers.CharField()
    role = Word("Role", ROLES)
    is_active = serializers.BooleanField()
    time_zone = serializers.CharField()
    teams = serializers.SerializerMethodField()

    def get_teams(self, user: object) -> list[str]:
        """Slugs of the person's teams."""
        return sorted(team.slug for team in user.teams.all())  # type: ignore[attr-defined]


class TokenUsed(serializers.Serializer):
    """The token that asks."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())


class Me(UserOut):
    """Who asks, with what they set for themselves, and with which token."""

    theme = Word("Theme", THEMES)
    text_size = Word("TextSize", TEXT_SIZES)
    keys_on = serializers.BooleanField()
    token = TokenUsed(allow_null=True)


class MeIn(Input):
    """What people set for themselves. E-mail, handle and role are changed by administrators or not at all."""

    name = Text(required=False, max_length=120, allow_blank=False)
    time_zone = Text(required=False, max_length=64)
    theme = Word("Theme", THEMES, required=False)
    text_size = Word("TextSize", TEXT_SIZES, required=False)
    keys_on = Flag(required=False)


class Invited(UserOut):
    """A person who was just invited, or came back; `link` sets the password, works once and is shown this once."""

    link = serializers.CharField()


class Link(serializers.Serializer):
    """A one-time link, shown this once."""

    link = serializers.CharField()


class InviteIn(Input):
    """Somebody new."""

    email = serializers.EmailField(max_length=254)
    name = Text(max_length=120, default="")
    role = Word("Role", ROLES, default=Role.RESPONDER.value)


class UserIn(Input):
    """What an administrator changes about a person."""

    role = Word("Role", ROLES)


class TeamOut(serializers.Serializer):
    """A team and who is in it."""

    id = serializers.IntegerField(source="pk")
    slug = serializers.CharField()
    name = serializers.CharField()
    members = Person(many=True, source="members.all")


class TeamIn(Input):
    """A team."""

    name = Text(max_length=80)
    members = serializers.ListField(child=PersonRef(), required=False, max_length=1000)


class TokenOut(serializers.Serializer):
    """A token without its secret."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    scopes = serializers.ListField(child=Word("Scope", Token.SCOPES))
    trusts_emails = serializers.BooleanField()
    created_at = Time()
    expires_at = Time(allow_null=True)
    revoked_at = Time(allow_null=True)
    last_used_at = Time(allow_null=True)


class TokenMade(TokenOut):
    """A new token; `secret` is shown this once."""

    secret = serializers.CharField()


class TokenIn(Input):
    """A token for oneself."""

    name = Text(max_length=80)
    scopes = serializers.ListField(child=Word("Scope", Token.SCOPES), allow_empty=False, max_length=10)
    days = Whole(required=False, allow_null=True, max_value=3650)
    trusts_emails = Flag(default=False)
