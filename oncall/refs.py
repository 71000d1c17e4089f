"""What stands before the provider's reference of a page once it is answered, so that its proof says what came of it."""

#: of what was taken back or edited, of what stays as it was sent (a mail), and of what nobody knows whether it arrived
WITHDRAWN, STAYS, UNCLEAR = "withdrawn:", "stays:", "unclear:"


def plain(ref: str) -> str:
    """The provider's own reference."""
    return ref.removeprefix(WITHDRAWN).removeprefix(STAYS)


def is_live(ref: str) -> bool:
    """Tell whether what was sent stands there as it was sent, to be answered."""
    return bool(ref) and not ref.startswith((WITHDRAWN, STAYS, UNCLEAR))
