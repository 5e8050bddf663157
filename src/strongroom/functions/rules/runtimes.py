"""Which runtimes are taken, and what of a function's configuration means something here."""

from collections.abc import Mapping
from typing import Any

from strongroom.functions.errors import InvalidParameterValue
from strongroom.functions.rules.limits import MOST_ENVIRONMENT_BYTES, MOST_TIMEOUT

PYTHON = "python3."
_ENVIRONMENT_RESERVED = ("AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_LAMBDA_")
_ENVIRONMENT_RESERVED_NAMES = frozenset(
    {"_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_ENDPOINT_URL", "PYTHONPATH", "LD_PRELOAD"}
)
NOT_HERE = ("Layers", "FileSystemConfigs", "ImageConfig", "CodeSigningConfigArn", "CapacityProviderConfig", "DurableConfig")


def ensure_runtime(runtime: str | None, package_type: str) -> None:
    """Return if functions of this runtime run here: Python, in a zip. Raises InvalidParameterValue."""
    if package_type != "Zip":
        raise InvalidParameterValue("This server runs functions from zip files only.")
    if runtime is None:
        raise InvalidParameterValue("Runtime is mandatory for functions created with deployment packages.")
    if not runtime.startswith(PYTHON):
        raise InvalidParameterValue(f"This server runs Python functions only, not {runtime}.")


def ensure_supported(request: Mapping[str, Any]) -> None:
    """Return if the request asks for nothing that would silently be missing. Raises InvalidParameterValue."""
    for name in NOT_HERE:
        if request.get(name):
            raise InvalidParameterValue(f"This server does not offer {name}.")
    timeout = request.get("Timeout", 1)
    if timeout > MOST_TIMEOUT:
        raise InvalidParameterValue(f"Timeout must be at most {MOST_TIMEOUT} seconds.")


def checked_environment(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the function's own variables. Raises InvalidParameterValue for names that Lambda sets, and for too much of it."""
    variables: dict[str, str] = dict(request.get("Environment", {}).get("Variables", {}))
    for name, value in variables.items():
        if name in _ENVIRONMENT_RESERVED_NAMES or name.startswith(_ENVIRONMENT_RESERVED):
            raise InvalidParameterValue(
                "Lambda was unable to configure your environment variables because the environment variables you have provided "
                f"contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {name}"
            )
        if "\0" in value:
            raise InvalidParameterValue(f"The environment variable {name} holds a NUL character.")
    size = sum(len(name) + len(value.encode()) for name, value in variables.items())
    if size > MOST_ENVIRONMENT_BYTES:
        raise InvalidParameterValue(
            "Lambda was unable to configure your environment variables because the environment variables you have provided "
            f"exceeded the {MOST_ENVIRONMENT_BYTES} bytes limit."
        )
    return variables
