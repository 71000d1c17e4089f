"""The forms of on-call pages."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.models import User

_MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")


class Moments(forms.Form):
    """A form with two times, read in the zone that the page shows."""

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = zone
        for name in ("start", "end"):
            self.fields[name].help_text = f"On the clock of {zone.key}."

    @staticmethod
    def widget() -> forms.DateTimeInput:
        """The field for a date and a time."""
        return _MOMENT

    def clean_start(self) -> datetime | None:
        return self._moment("start")

    def clean_end(self) -> datetime | None:
        return self._moment("end")

    def _moment(self, name: str) -> datetime | None:
        text = self.cleaned_data[name]
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError("Write a date and a time, as in 2026-06-01 09:00.") from None
        return at.replace(tzinfo=self._zone) if at.tzinfo is None else at


class OverrideForm(Moments):
    """Somebody instead."""

    user = forms.ModelChoiceField(
        User.objects.none(),
        label="Who is on call instead?",
        widget=forms.Select(attrs={"data-key": "o", "data-key-label": "Somebody instead"}),
    )
    replaces = forms.ModelChoiceField(
        User.objects.none(),
        label="For whom?",
        required=False,
        empty_label="Everybody who is on call then",
        help_text="Choose one person to replace only them.",
    )
    start = forms.CharField(label="From", widget=_MOMENT)
    end = forms.CharField(label="To", widget=_MOMENT)
    reason = forms.CharField(label="Why?", required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = User.objects.filter(is_active=True)
        for name in ("user", "replaces"):
            self.fields[name].queryset = active  # type: ignore[attr-defined]
