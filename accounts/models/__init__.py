from accounts.models.audit import AuditEntry, AuditLink, Sealer
from accounts.models.identity import Identity
from accounts.models.token import IdempotencyKey, Token
from accounts.models.user import Role, Team, TeamMember, User

__all__ = [
    "AuditEntry",
    "AuditLink",
    "IdempotencyKey",
    "Identity",
    "Role",
    "Sealer",
    "Team",
    "TeamMember",
    "Token",
    "User",
]
