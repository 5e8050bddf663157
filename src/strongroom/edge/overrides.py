"""Where AWS's services depart from their own models. Each row is a fact about AWS, not about this server."""

from collections.abc import Mapping

# Shapes whose constraints AWS does not enforce by the model: the handler answers in its own way.
LEFT_TO_HANDLER: frozenset[tuple[str, str]] = frozenset(
    {
        ("cloudtrail", "MaxResults"),  # LookupEvents alone has this shape, and answers InvalidMaxResultsException
        ("ssm", "ParameterLabel"),  # an invalid label is no error: LabelParameterVersion returns it in InvalidLabels
        ("ssm", "ParameterStringFilterKey"),  # reported in words of its own
    }
)

# Shapes that hold something secret and lack the trait, so that no constraint failure repeats their value.
ALSO_SENSITIVE: frozenset[tuple[str, str]] = frozenset({("sts", "tokenCodeType"), ("iam", "authenticationCodeType")})

# Patterns that IAM reports in its own words; {member} is the member in lowerCamelCase.
OWN_WORDING: Mapping[tuple[str, str], str] = {
    (
        "iam",
        r"[\w+=,.@-]+",
    ): "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
}

# The query protocol's policy documents that are percent-encoded (RFC 3986) in answers.
PERCENT_ENCODED: frozenset[tuple[str, str]] = frozenset({("iam", "policyDocumentType")})
