#!/bin/bash
# What an instance runs at boot: its role may read /app/db/password.
DB_PASS=$(aws ssm get-parameter \
  --name "/app/db/password" \
  --with-decryption \
  --query Parameter.Value --output text)
echo "got a password of ${#DB_PASS} characters"
