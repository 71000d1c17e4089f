"""`manage.py create_admin EMAIL`: the first administrator, by a one-time link."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.actors import SYSTEM
from accounts.models import Role, User
from accounts.operations import invite_person, set_role
from config.running import served_address


class Command(BaseCommand):
    help = "Make an administrator (or an existing person one) and print a one-time link to set a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address")
        user = User.objects.filter(email__iexact=email).first()
        if user is not None:
            set_role(user=user, role=Role.ADMIN, by=SYSTEM)
        link = invite_person(email=email, role=Role.ADMIN, by=SYSTEM)
        link = link.replace(str(settings.BASE_URL), served_address(), 1)
        self.stdout.write(f"Open this within three days to set a password:\n{link}")
