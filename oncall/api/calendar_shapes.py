"""Outside calendars as the API takes and gives them."""

from rest_framework import serializers

from accounts.api.fields import Input, Text, Time


class CalendarIn(Input):
    """Where it is, and what it is called here."""

    url = Text(max_length=1000)
    name = Text(max_length=80, required=False)


class CalendarOut(serializers.Serializer):
    """What is followed; its address is not told. `warnings`: people that it names and nobody here is."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    read_at = Time(allow_null=True)
    last_error = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())
