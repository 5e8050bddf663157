"""Print what one policy evaluation costs: a user with three identity statements decrypts under a key with the default policy.

Run as `python benchmarks/policy_evaluate.py`. The target is 6 microseconds.
"""

import json
import timeit

from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import AccessRequest, ConditionContext, NamedPolicy, PolicySet, PrincipalFacts, PrincipalType, ResourceRule
from strongroom.policy.evaluate import evaluate
from strongroom.policy.parse import PolicyKind

ROUNDS, REPEATS = 20_000, 7
ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_POLICY = {
    "Version": "2012-10-17",
    "Id": "key-default-1",
    "Statement": [
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
IDENTITY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:List*"], "Resource": "arn:aws:s3:::bucket/*"},
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:Encrypt"],
            "Resource": f"arn:aws:kms:*:{ACCOUNT}:key/*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:app": "shop"}},
        },
        {"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"},
    ],
}


def microseconds(work: str, names: dict[str, object]) -> float:
    """Return the best time of `work`, one run of it, in microseconds."""
    return min(timeit.repeat(work, globals=names, number=ROUNDS, repeat=REPEATS)) / ROUNDS * 1e6


def main() -> None:
    """Print one line for evaluating, and one for finding both policies in the cache first."""
    texts = json.dumps(KEY_POLICY), json.dumps(IDENTITY_POLICY)
    user = PrincipalFacts(PrincipalType.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/alice", unique_id="AIDAAAAAAAAAAAAAAAAAA")
    policies = PolicySet(
        identity=(NamedPolicy("decrypt", compile_policy(texts[1], PolicyKind.IDENTITY)),),
        resource=NamedPolicy(KEY, compile_policy(texts[0], PolicyKind.KEY)),
        rule=ResourceRule.KMS_KEY,
    )
    request = AccessRequest(user, "kms:Decrypt", KEY, ACCOUNT, ConditionContext({"kms:encryptioncontext:app": ("shop",)}))
    if not evaluate(request, policies).allowed:
        raise SystemExit("the request was denied")
    names: dict[str, object] = {"evaluate": evaluate, "request": request, "policies": policies}
    print(f"evaluate kms:Decrypt, 3 identity statements + key policy: {microseconds('evaluate(request, policies)', names):.2f} us")
    names = {"compile_policy": compile_policy, "text": texts[1], "kind": PolicyKind.IDENTITY}
    print(f"compile_policy of a cached document: {microseconds('compile_policy(text, kind)', names):.2f} us")


if __name__ == "__main__":
    main()
