"""Lambda's quotas, and where this server's own are smaller.

Source: Lambda Developer Guide, "Lambda quotas".
"""

import re

DEFAULT_MEMORY_MB = 128
DEFAULT_TIMEOUT = 3  # seconds
MOST_TIMEOUT = 900
MOST_PAYLOAD_BYTES = 6 * 1024 * 1024
MOST_ZIP_BYTES = 24 * 1024 * 1024  # AWS: 50 MB
MOST_UNZIPPED_BYTES = 250 * 1024 * 1024
MOST_ZIP_ENTRIES = 20_000
MOST_ENVIRONMENT_BYTES = 4096
MOST_FUNCTIONS = 1000  # in one account and Region
MOST_POLICY_BYTES = 20 * 1024
MOST_TAGS = 50
MOST_LISTED = 50
LOG_BYTES = 64 * 1024  # kept of each invocation
LOG_TAIL_BYTES = 4096
LOGS_KEPT = 100  # invocations of each function

_CODE_BODY_BYTES = MOST_ZIP_BYTES * 4 // 3 + 64 * 1024
LARGE_BODIES = (
    ("POST", re.compile("/2015-03-31/functions/?"), _CODE_BODY_BYTES),
    ("PUT", re.compile("/2015-03-31/functions/[^/]+/code/?"), _CODE_BODY_BYTES),
    ("POST", re.compile("/2015-03-31/functions/[^/]+/invocations/?"), MOST_PAYLOAD_BYTES),
)
