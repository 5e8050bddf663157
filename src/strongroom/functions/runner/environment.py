"""What a function finds in its environment: nothing of the server's own.

Source: Lambda Developer Guide, "Using Lambda environment variables", "Defined runtime environment variables".
"""

import re
from collections.abc import Mapping

from strongroom.calls.functions import Invocation

PATH = "/usr/local/bin:/usr/bin:/bin"
ENDPOINT = "SECRETS_MANAGER_ENDPOINT"
_AWS_HOST = re.compile(r"https://secretsmanager[a-z0-9.-]*\.amazonaws\.com(\.cn)?/?")


def base_environment() -> dict[str, str]:
    """Return what the process is started with, before anything of the function's is known to it."""
    return {"PATH": PATH, "LANG": "C.UTF-8", "TZ": ":UTC"}


def function_environment(invocation: Invocation, endpoint: str) -> dict[str, str]:
    """Return the function's variables: its own, then Lambda's, with every AWS endpoint pointing at this server.

    The published rotation functions want SECRETS_MANAGER_ENDPOINT; AWS's own address there means this server too.
    """
    credentials = invocation.credentials
    own: Mapping[str, str] = invocation.environment
    found = {
        **own,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal().decode(),
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_REGION": invocation.region,
        "AWS_DEFAULT_REGION": invocation.region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3",
        "AWS_LAMBDA_FUNCTION_NAME": invocation.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(invocation.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{invocation.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "_HANDLER": invocation.handler,
    }
    if ENDPOINT not in own or _AWS_HOST.fullmatch(own[ENDPOINT]):
        found[ENDPOINT] = endpoint
    return found
