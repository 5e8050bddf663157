"""Create a KMS key with boto3, and an alias for easier reference."""

import boto3

kms_client = boto3.client('kms')

key_alias = "alias/MyBoto3AppCMK"

try:
    response = kms_client.create_key(
        Description='CMK for Boto3 application data',
        KeyUsage='ENCRYPT_DECRYPT',
        KeySpec='SYMMETRIC_DEFAULT',
        Tags=[
            {'TagKey': 'Name', 'TagValue': 'MyBoto3AppCMK'}
        ]
    )
    key_id = response['KeyMetadata']['KeyId']
    key_arn = response['KeyMetadata']['Arn']
    print(f"Created CMK: {key_arn}")

    # Create an alias for easier reference
    kms_client.create_alias(AliasName=key_alias, TargetKeyId=key_id)
    print(f"Created alias {key_alias} for CMK {key_id}")
except Exception as e:
    print(f"Error creating CMK: {e}")
