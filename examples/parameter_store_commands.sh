#!/usr/bin/env bash
# Parameter Store with the AWS CLI. Needs alias/my-key (kms_alias_commands.sh makes one, and schedules its deletion).
set -euo pipefail

# Put parameter (String)
aws ssm put-parameter \
  --name "/my-app/prod/database/host" \
  --value "db.example.com" \
  --type String \
  --description "Database host"

# Put parameter (SecureString)
aws ssm put-parameter \
  --name "/my-app/prod/database/password" \
  --value "MySecurePassword123" \
  --type SecureString \
  --key-id alias/my-key \
  --description "Database password"

# Get parameter
aws ssm get-parameter \
  --name "/my-app/prod/database/host"

# Get parameter (with decryption)
aws ssm get-parameter \
  --name "/my-app/prod/database/password" \
  --with-decryption

# Get parameters by path
aws ssm get-parameters-by-path \
  --path "/my-app/prod/database" \
  --recursive \
  --with-decryption

# Get multiple parameters
aws ssm get-parameters \
  --names "/my-app/prod/database/host" "/my-app/prod/database/port" \
  --with-decryption

# Update parameter
aws ssm put-parameter \
  --name "/my-app/prod/database/host" \
  --value "new-db.example.com" \
  --type String \
  --overwrite

# Delete parameter
aws ssm delete-parameter \
  --name "/my-app/prod/database/host"

# List parameters
aws ssm describe-parameters
