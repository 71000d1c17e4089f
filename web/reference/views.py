"""Reference pages that the product itself points at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.api.problem_codes import PROBLEM_CODES


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """What the `type` of a problem document leads to: every code, each with an anchor."""
    return render(request, "web/problems.html", {"problems": PROBLEM_CODES})
