"""The forms of incident pages. They check shape; the operations check the rest."""

from datetime import timedelta
from typing import Any

from django import forms

from accounts.models import User
from incidents.models import ActionItem, Severity
from oncall.models import Service

SEVERITIES = [(value, f"SEV{value} {label}") for value, label in Severity.choices]
IMPACTS = [
    ("nobody", "Nobody yet"),
    ("some", "Some customers"),
    ("most", "Most customers"),
    ("money", "Money or data at risk"),
]
NEXT = [
    ("", "By severity"),
    ("15", "15 min"),
    ("30", "30 min"),
    ("60", "1 hour"),
    ("240", "4 hours"),
    ("1440", "1 day"),
]


def people() -> Any:
    """Active people to choose from."""
    return User.objects.filter(is_active=True)


class DeclareForm(forms.Form):
    """Only the title is needed."""

    title = forms.CharField(
        max_length=200,
        label="What is broken?",
        widget=forms.TextInput(attrs={"autofocus": True, "placeholder": "Checkout returns 5xx", "autocomplete": "off"}),
    )
    hurt = forms.ChoiceField(
        label="Who is hurt?",
        choices=IMPACTS,
        required=False,
        widget=forms.RadioSelect,
        help_text="Proposes a severity.",
    )
    workaround = forms.BooleanField(label="There is a way round it", required=False)
    severity = forms.TypedChoiceField(
        choices=[("", "Propose one"), *Severity.choices],
        coerce=int,
        empty_value=None,
        required=False,
        initial="",
        widget=forms.RadioSelect,
    )
    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.all(), required=False, to_field_name="slug", widget=forms.CheckboxSelectMultiple
    )
    summary = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3, "data-draft": "declare-summary"}))
    is_private = forms.BooleanField(label="Private: only members see it", required=False)
    is_drill = forms.BooleanField(label="Drill: nothing is announced", required=False)


class UpdateForm(forms.Form):
    """Now / Doing / Need, a text for everybody, and when the next one comes."""

    text = forms.CharField(
        required=False,
        label="Update",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What a colleague who joins now should know.",
    )
    now = forms.CharField(required=False, max_length=500, label="Now", help_text="The present theory.")
    doing = forms.CharField(required=False, max_length=500, label="Doing", help_text="Who does what.")
    need = forms.CharField(required=False, max_length=500, label="Need", help_text="What is missing.")
    public_text = forms.CharField(
        required=False,
        label="Words for customers",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the update; nothing is published by itself.",
    )
    next_in = forms.ChoiceField(choices=NEXT, required=False, label="Next update in")

    def next_delta(self) -> timedelta | None:
        raw = self.cleaned_data.get("next_in")
        return timedelta(minutes=int(raw)) if raw else None


class TaskForm(forms.Form):
    """One action item."""

    text = forms.CharField(max_length=500, label="What is to be done?")
    kind = forms.ChoiceField(choices=[(ActionItem.TASK, "Now"), (ActionItem.FOLLOW_UP, "Afterwards")], label="When")
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="Nobody yet")
    due_at = forms.DateTimeField(
        required=False,
        label="Due",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()  # type: ignore[attr-defined]


class TaskEditForm(TaskForm):
    """What can be changed about an action item: everything but its kind."""

    kind = None  # type: ignore[assignment]


class ResolveForm(forms.Form):
    """What ended it, and when it really was over."""

    text = forms.CharField(
        required=False, label="What fixed it?", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    at = forms.DateTimeField(
        required=False,
        label="Over since",
        help_text="Empty means now. Your time zone.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class ReasonForm(forms.Form):
    """A reason, for cancelling, reopening, closing without a commander."""

    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class FactsForm(forms.Form):
    """Title, severity and the longer texts."""

    title = forms.CharField(max_length=200)
    severity = forms.TypedChoiceField(choices=SEVERITIES, coerce=int, widget=forms.RadioSelect)
    reason = forms.CharField(required=False, max_length=500, label="Why this severity?")
    summary = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    impact = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.all(), required=False, to_field_name="slug", widget=forms.CheckboxSelectMultiple
    )
    tags = forms.CharField(required=False, help_text="Separated by spaces.")


class NowForm(forms.Form):
    """One of Now, Doing, Need."""

    now = forms.CharField(required=False, max_length=500, label="Now", help_text="The present theory.")
    doing = forms.CharField(required=False, max_length=500, label="Doing", help_text="Who does what.")
    need = forms.CharField(required=False, max_length=500, label="Need", help_text="What is missing.")


class RoleForm(forms.Form):
    """A role and who takes it."""

    ROLES = [("commander", "Commander"), ("comms", "Comms"), ("scribe", "Scribe"), ("responder", "Responder")]
    role = forms.ChoiceField(choices=ROLES)
    user = forms.ModelChoiceField(queryset=User.objects.none(), label="Who", empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people()  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """Somebody to bring into the room."""

    user = forms.ModelChoiceField(queryset=User.objects.none(), label="Who", empty_label="Choose a person")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people()  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    """The incident that this one goes into."""

    into = forms.IntegerField(min_value=1, label="Into incident", help_text="Its number. Both rooms are told.")


class NoteForm(forms.Form):
    """An event written by hand."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), label="What happened?")
    at = forms.DateTimeField(
        required=False,
        label="When",
        help_text="Empty means now. Your time zone.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class PostmortemForm(forms.Form):
    """The text and the version it started from."""

    body = forms.CharField(
        required=False, label="Postmortem in markdown", widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "true"})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
