"""How allauth behaves here: nobody signs up by themselves; administrators invite."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):
    """Accounts are made by invitation or by `manage.py create_admin`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
