"""Encrypts with a key of a node all the time, and prints when each call began (monotonic seconds) and how it went.

Arguments: endpoint, access key id, secret access key, key id. Runs until its standard output is closed.
"""

import sys
import time

from botocore.exceptions import BotoCoreError, ClientError
from tests.support.clients import Clients

PAUSE_SECONDS = 0.01


def main(url: str, access_key_id: str, secret_access_key: str, key_id: str) -> None:
    """Ask and print, again and again."""
    clients = Clients(url, access_key_id, secret_access_key)
    while True:
        began = time.monotonic()
        try:
            clients.kms.encrypt(KeyId=key_id, Plaintext=b"x")
        except ClientError as error:
            outcome = error.response["Error"]["Code"]
        except BotoCoreError as error:
            outcome = type(error).__name__
        else:
            outcome = "Success"
        print(began, outcome, flush=True)  # noqa: T201 - read by the test
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
