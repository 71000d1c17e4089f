"""What the admin's pages share: most can only be looked at, and nothing is found through a side door."""

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest


class Guarded(admin.ModelAdmin):
    """An admin page whose rows are filtered by `get_queryset` and by nothing else.

    Django lets an address filter by any relation (`?incidents=142` on services), which would tell what a
    row that one may not see is connected with. Here only the table's own columns and `list_filter` count.
    """

    list_per_page = 50
    show_full_result_count = False
    save_on_top = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        name = lookup.split("__")[0]
        listed = {str(item[0] if isinstance(item, tuple | list) else item) for item in self.list_filter}
        if name in {item.split("__")[0] for item in listed}:
            return super().lookup_allowed(lookup, value, request)
        try:
            field = self.model._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        return not field.is_relation and super().lookup_allowed(lookup, value, request)


class ReadOnly(Guarded):
    """Rows to look at. Nothing is added, changed or deleted here: the operations do that."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
