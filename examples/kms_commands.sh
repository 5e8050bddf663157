#!/usr/bin/env bash
# Common KMS operations with the AWS CLI. Writes plaintext.txt, ciphertext.* and decrypted_plaintext.txt here.
set -euo pipefail

# Create a Customer-managed CMK (Symmetric)
KEY_ID=$(aws kms create-key \
  --description "CMK for application data encryption" \
  --key-usage ENCRYPT_DECRYPT \
  --key-spec SYMMETRIC_DEFAULT \
  --tags TagKey=Name,TagValue=MyAppCMK \
  --query KeyMetadata.Arn --output text)
echo "$KEY_ID"

# Enable automatic key rotation for a CMK
aws kms enable-key-rotation --key-id $KEY_ID

# Generate a data key for envelope encryption
aws kms generate-data-key \
  --key-id $KEY_ID \
  --key-spec AES_256 \
  --query '[Plaintext,CiphertextBlob]' --output text

# Create a dummy plaintext file
echo "This is my secret data." > plaintext.txt

# Encrypt data using a CMK
aws kms encrypt \
  --key-id $KEY_ID \
  --plaintext fileb://plaintext.txt \
  --query CiphertextBlob --output text > ciphertext.base64

# Decode the base64 output to get the binary ciphertext
base64 --decode ciphertext.base64 > ciphertext.bin

# Decrypt data using a CMK
aws kms decrypt \
  --ciphertext-blob fileb://ciphertext.bin \
  --query Plaintext --output text > decrypted_plaintext.txt
