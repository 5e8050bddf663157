"""Password policies. Pure.

Source: IAM User Guide, "Set an account password policy for IAM users".
"""

import string

from strongroom.iam.errors import PasswordPolicyViolation
from strongroom.identity.records import PasswordPolicy

DEFAULT_MINIMUM_LENGTH = 8
DEFAULT_CLASSES = 3
SYMBOLS = "!@#$%^&*()_+-=[]{}|'"

UPPERCASE, LOWERCASE, NUMBERS = string.ascii_uppercase, string.ascii_lowercase, string.digits


def _has_any(password: str, characters: str) -> bool:
    return any(character in characters for character in password)


def check_password(password: str, policy: PasswordPolicy | None, user_name: str) -> None:
    """Return if `password` conforms to the account's policy, or to AWS's own where it has none. Raises PasswordPolicyViolation."""
    if policy is None:
        _check_default(password, user_name)
        return
    if len(password) < policy.minimum_length:
        raise PasswordPolicyViolation(f"Password should have a minimum length of {policy.minimum_length}")
    demands = (
        (policy.uppercase, UPPERCASE, "one uppercase letter"),
        (policy.lowercase, LOWERCASE, "one lowercase letter"),
        (policy.numbers, NUMBERS, "one number"),
        (policy.symbols, SYMBOLS, "one symbol"),
    )
    for demanded, characters, text in demands:
        if demanded and not _has_any(password, characters):
            raise PasswordPolicyViolation(f"Password should have at least {text}")


def _check_default(password: str, user_name: str) -> None:
    classes = sum(_has_any(password, characters) for characters in (UPPERCASE, LOWERCASE, NUMBERS, SYMBOLS))
    if len(password) < DEFAULT_MINIMUM_LENGTH or classes < DEFAULT_CLASSES or password.lower() == user_name.lower():
        raise PasswordPolicyViolation("Password does not conform to the account password policy.")
