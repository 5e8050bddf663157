#!/usr/bin/env bash
# KMS by alias with the AWS CLI. Writes plaintext.txt, encrypted.txt and decrypted.txt here.
set -euo pipefail

# Create key
KEY_ID=$(aws kms create-key \
  --description "My encryption key" \
  --key-usage ENCRYPT_DECRYPT \
  --origin AWS_KMS \
  --query KeyMetadata.KeyId --output text)

# Create alias
aws kms create-alias \
  --alias-name alias/my-key \
  --target-key-id $KEY_ID

echo "attack at dawn" > plaintext.txt

# Encrypt
aws kms encrypt \
  --key-id alias/my-key \
  --plaintext fileb://plaintext.txt \
  --output text \
  --query CiphertextBlob | base64 --decode > encrypted.txt

# Decrypt
aws kms decrypt \
  --ciphertext-blob fileb://encrypted.txt \
  --output text \
  --query Plaintext | base64 --decode > decrypted.txt

# Generate data key (for envelope encryption)
aws kms generate-data-key \
  --key-id alias/my-key \
  --key-spec AES_256

# Enable key rotation
aws kms enable-key-rotation \
  --key-id $KEY_ID

# Schedule key deletion
aws kms schedule-key-deletion \
  --key-id $KEY_ID \
  --pending-window-in-days 30
