"""Proposing a severity from who is hurt. Pure."""


def propose(hurt: str, *, workaround: bool) -> tuple[int, str]:
    """Return a severity and the reason for it.

    `hurt`: nobody, some, most, money or "" when nobody said.
    """
    if hurt == "money":
        return 1, "money or data is at risk"
    if hurt == "most":
        return (
            (2, "most customers are hurt, but there is a way round") if workaround else (1, "most customers are hurt")
        )
    if hurt == "some":
        return (
            (3, "some customers are hurt, and there is a way round") if workaround else (2, "some customers are hurt")
        )
    if hurt == "nobody":
        return 4, "nobody is hurt yet"
    return 3, "nobody said who is hurt"
