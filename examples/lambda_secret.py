"""A function reads the secret whose ARN stands in its environment."""

# Python example
import json
import os

import boto3

client = boto3.client('secretsmanager')
secret_arn = os.environ['SECRET_ARN']

response = client.get_secret_value(SecretId=secret_arn)
secret = json.loads(response['SecretString'])
print(sorted(secret))
