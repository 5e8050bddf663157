"""Invocations of functions that the server does not hold go to another Lambda-compatible endpoint, signed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients, new_account
from tests.support.process import start
from tests.support.rotation import advance


class Elsewhere(BaseHTTPRequestHandler):
    """Another endpoint: notes what it is sent, and answers what a function would."""

    seen: list[dict[str, Any]]

    def do_POST(self) -> None:
        """Answer an invocation."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append({"path": self.path, "body": body, "authorization": self.headers["Authorization"]})
        failing = b"fail" in body
        answer = b'{"errorType":"ValueError","errorMessage":"no"}' if failing else b'{"from":"elsewhere"}'
        self.send_response(404 if b"missing" in body else 200)
        self.send_header("Content-Length", str(len(answer)))
        if failing:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def elsewhere() -> Iterator[ThreadingHTTPServer]:
    """Give the other endpoint."""
    Elsewhere.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_functions_held_elsewhere_are_invoked_there(elsewhere: ThreadingHTTPServer) -> None:
    """By ARN, signed with the operator's key; what they answer is the answer, and a secret may rotate with them."""
    url = f"http://127.0.0.1:{elsewhere.server_address[1]}"
    key = {"STRONGROOM_LAMBDA_ACCESS_KEY_ID": "AKIAELSEWHERE0000000", "STRONGROOM_LAMBDA_SECRET_ACCESS_KEY": "elsewhere"}
    running = start(["dev", "--listen", "127.0.0.1:0", "--lambda-endpoint", url], env=key)
    account = new_account()
    clients = Clients(running.url, account, account_id=account)
    try:
        functions = clients.client("lambda")
        answered = functions.invoke(FunctionName="far", Payload=b'{"a":1}')
        assert (answered["StatusCode"], json.loads(answered["Payload"].read())) == (200, {"from": "elsewhere"})
        [seen] = Elsewhere.seen
        assert seen["path"] == f"/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A{account}%3Afunction%3Afar/invocations"
        assert seen["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAELSEWHERE0000000/")
        assert "/eu-west-1/lambda/aws4_request" in seen["authorization"]
        assert seen["body"] == b'{"a":1}'
        assert functions.invoke(FunctionName="far", Payload=b'"fail"')["FunctionError"] == "Unhandled"
        with pytest.raises(ClientError, match="refused the call"):
            functions.invoke(FunctionName="far", Payload=b'"missing"')
        clients.secretsmanager.create_secret(Name="n", SecretString="x")
        arn = f"arn:aws:lambda:eu-west-1:{account}:function:far"
        token = clients.secretsmanager.rotate_secret(SecretId="n", RotationLambdaARN=arn)["VersionId"]
        advance(clients.url, 1)
        steps = [json.loads(seen["body"]) for seen in Elsewhere.seen if b"Step" in seen["body"]]
        assert [step["Step"] for step in steps] == ["createSecret", "setSecret", "testSecret", "finishSecret"]
        assert {step["ClientRequestToken"] for step in steps} == {token}
    finally:
        clients.close()
        running.stop()


def test_an_endpoint_needs_a_key(elsewhere: ThreadingHTTPServer) -> None:
    """The server does not start on half a setting."""
    url = f"http://127.0.0.1:{elsewhere.server_address[1]}"
    with pytest.raises(RuntimeError, match="did not start"):
        start(["dev", "--listen", "127.0.0.1:0"], env={"STRONGROOM_LAMBDA_ENDPOINT": url})
