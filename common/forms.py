"""Forms of pages check shape; the operations check the rest, and say it at the field."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from common.errors import Refused


def attempt(form: forms.Form, act: Callable[[], Any], names: Mapping[str, str] | None = None) -> bool:
    """Run an operation; a refusal becomes an error of the field it names. True when it was done.

    :param names: the operation's name of a field → the form's, where they differ.
    """
    try:
        act()
    except Refused as error:
        field = (names or {}).get(error.field, error.field)
        form.add_error(field if field in form.fields else None, f"{error.message} {error.hint}".strip())
        return False
    return True
