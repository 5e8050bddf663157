#!/usr/bin/env bash
# Secrets Manager with the AWS CLI. (For rotate-secret see docs/rotation.md.)
set -euo pipefail

# Create secret
aws secretsmanager create-secret \
  --name "prod/database/credentials" \
  --description "Production database credentials" \
  --secret-string '{"username":"admin","password":"MyPassword123"}'

# Get secret value
aws secretsmanager get-secret-value \
  --secret-id "prod/database/credentials"

# Update secret
aws secretsmanager put-secret-value \
  --secret-id "prod/database/credentials" \
  --secret-string '{"username":"admin","password":"NewPassword456"}'

# List secrets
aws secretsmanager list-secrets

# Delete secret (with recovery window)
aws secretsmanager delete-secret \
  --secret-id "prod/database/credentials" \
  --recovery-window-in-days 7

# Restore secret
aws secretsmanager restore-secret \
  --secret-id "prod/database/credentials"
