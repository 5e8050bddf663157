"""How long sessions last. Pure. All in seconds.

Source: AWS STS API Reference, DurationSeconds of AssumeRole, GetSessionToken and GetFederationToken.
"""

from strongroom.core.errors import ValidationFailed

DEFAULT_ROLE_SESSION = 3600
LONGEST_CHAINED_SESSION = 3600
DEFAULT_USER_SESSION = 43200
LONGEST_ROOT_SESSION = 3600


def role_session_duration(wanted: int | None, longest: int, *, chained: bool) -> int:
    """Return the duration of a role session; `longest` is the role's MaxSessionDuration. Raises ValidationFailed."""
    duration = DEFAULT_ROLE_SESSION if wanted is None else wanted
    if chained and duration > LONGEST_CHAINED_SESSION:
        raise ValidationFailed("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
    if duration > longest:
        raise ValidationFailed("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return duration


def user_session_duration(wanted: int | None, *, root: bool) -> int:
    """Return the duration of a session of a user; a root user's is cut to an hour."""
    duration = DEFAULT_USER_SESSION if wanted is None else wanted
    return min(duration, LONGEST_ROOT_SESSION) if root else duration
