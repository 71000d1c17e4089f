"""`manage.py create_token EMAIL [--scope ...]`: an API token; the last line is the token alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actors import SYSTEM
from accounts.models import Token, User
from accounts.operations import make_token
from common.errors import Refused


class Command(BaseCommand):
    help = "Make an API token for a person. --scope may be repeated: " + ", ".join(Token.SCOPES)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--scope", action="append", default=[], choices=sorted(Token.SCOPES))
        parser.add_argument("--name", default="command line")
        parser.add_argument("--days", type=int, default=None, help="days until it expires (default: never)")
        parser.add_argument(
            "--trust-emails", action="store_true", help="a chat bridge with it may name people by e-mail"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"There is no person with the address {options['email']}.")
        try:
            _, secret = make_token(
                user=user,
                name=options["name"],
                scopes=options["scope"] or ["read"],
                days=options["days"],
                trusts_emails=options["trust_emails"],
                by=SYSTEM,
            )
        except Refused as error:
            raise CommandError(error.message)
        self.stdout.write(secret)
