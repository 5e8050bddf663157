#!/usr/bin/env bash
# Encrypt a database password; the ciphertext (base64) may be stored anywhere. Needs alias/app-secret-key.
set -euo pipefail

aws kms encrypt \
  --key-id alias/app-secret-key \
  --plaintext "MySuperSecretPwd" \
  --query CiphertextBlob \
  --output text > encrypted.txt
