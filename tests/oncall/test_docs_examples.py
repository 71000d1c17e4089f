"""What docs/reference/schedules.md shows is what the engine says."""

import json
import re
from pathlib import Path

from django.conf import settings

from oncall.rules.schedules.final import final
from oncall.rules.schedules.reading import read_preview
from oncall.rules.schedules.telling import preview_json


def test_the_documented_answer_is_the_answer() -> None:
    page = Path(settings.ROOT, "docs/reference/schedules.md").read_text(encoding="utf-8")
    asked, answered = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL))

    plan, start, end = read_preview(asked)
    assert preview_json(final(plan, start, end)) == answered
