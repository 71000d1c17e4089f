"""What became of a page, in one line for where it was sent."""

from oncall.models import Page
from oncall.ports import Facts


def outcome_of(page: Page, facts: Facts) -> str:
    """`Bo has it, 03:05 UTC.`"""
    taken = page.run.pages.filter(status=Page.ACKED).select_related("answered_by").first() if page.run else None
    if taken is not None and taken.answered_by is not None:
        return f"{taken.answered_by.name} has it, {taken.answered_at:%H:%M} UTC."
    if facts.is_over:
        return "It is over. Nothing is left to do."
    if page.status == Page.PASSED:
        return f"{page.user.name} passed it on, {page.answered_at:%H:%M} UTC."
    return "Nobody waits for this answer any more."
