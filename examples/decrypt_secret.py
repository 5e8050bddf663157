"""Decrypt what encrypt_secret.sh wrote."""

import base64

import boto3

kms = boto3.client('kms')
enc = open('encrypted.txt','rb').read()
resp = kms.decrypt(CiphertextBlob=base64.b64decode(enc))
secret = resp['Plaintext'].decode('utf-8')
print(secret)
