#!/usr/bin/env bash
# Encrypts and decrypts a file with the unmodified aws-encryption-sdk-cli, its key in a running server.
#
# Usage: scripts/compat/encryption_sdk_cli.sh ENDPOINT_URL   (credentials and Region from the environment; `strongroom dev` by default)
# The tool gets an environment of its own in .venv/compat, since it wants an older Encryption SDK than the tests use.
set -euo pipefail
cd "$(dirname "$0")/../.."

export AWS_ENDPOINT_URL=${1:?Usage: $0 ENDPOINT_URL}
export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-test} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-test}
export AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-eu-west-1} AWS_EC2_METADATA_DISABLED=true

tools=${COMPAT_VENV:-.venv/compat}
if [ ! -x "$tools/bin/aws-encryption-cli" ]; then
	"${PYTHON:-python3}" -m venv "$tools"
	"$tools/bin/pip" install --quiet aws-encryption-sdk-cli==4.3.0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
head -c 100000 /dev/urandom > "$work/plain"
key=$("$tools/bin/python" -c 'import boto3; print(boto3.client("kms").create_key()["KeyMetadata"]["Arn"])')
account=$(cut -d: -f5 <<< "$key")
cli() { "$tools/bin/aws-encryption-cli" --suppress-metadata --commitment-policy require-encrypt-require-decrypt "$@"; }

cli --encrypt --wrapping-keys key="$key" --encryption-context purpose=compat --input "$work/plain" --output "$work/sealed"
cli --decrypt --wrapping-keys key="$key" --encryption-context purpose=compat --input "$work/sealed" --output "$work/strict"
cli --decrypt --wrapping-keys discovery=true discovery-partition=aws discovery-account="$account" \
	--input "$work/sealed" --output "$work/discovered"
cmp "$work/plain" "$work/strict"
cmp "$work/plain" "$work/discovered"
# another encryption context: the tool skips the message and writes nothing
cli --decrypt --wrapping-keys key="$key" --encryption-context purpose=other --input "$work/sealed" --output "$work/none" 2> /dev/null || true
if [ -s "$work/none" ]; then
	echo "another encryption context opened the message" >&2
	exit 1
fi
echo "aws-encryption-sdk-cli: encrypted and decrypted, strictly and by discovery"
