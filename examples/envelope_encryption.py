"""Generate a data key, encrypt and decrypt data with it: envelope encryption."""

import boto3

kms_client = boto3.client('kms')

cmk_id = "alias/MyBoto3AppCMK" # REPLACE with your CMK ID or ARN
plaintext_data = b"This is my super secret data that needs to be encrypted."

try:
    # 1. Generate a data key
    generate_key_response = kms_client.generate_data_key(
        KeyId=cmk_id,
        KeySpec='AES_256' # Generates a 256-bit AES data key
    )
    plaintext_data_key = generate_key_response['Plaintext']
    encrypted_data_key = generate_key_response['CiphertextBlob']

    print("Data key generated.")

    # 2. Encrypt data locally with the plaintext data key
    # (This part would typically use a cryptographic library like cryptography)
    # For demonstration, we'll just simulate encryption
    encrypted_data = plaintext_data # In a real scenario, this would be encrypted
    print("Data encrypted locally (simulated).")

    # Store encrypted_data and encrypted_data_key

    # 3. Decrypt the encrypted data key using KMS
    decrypt_key_response = kms_client.decrypt(CiphertextBlob=encrypted_data_key)
    decrypted_data_key = decrypt_key_response['Plaintext']
    print("Encrypted data key decrypted by KMS.")
    print("Data keys equal:", decrypted_data_key == plaintext_data_key)

    # 4. Decrypt data locally with the decrypted data key
    # (This part would typically use a cryptographic library like cryptography)
    decrypted_data = encrypted_data # In a real scenario, this would be decrypted
    print(f"Data decrypted locally (simulated): {decrypted_data.decode()}")
except Exception as e:
    print(f"Error with envelope encryption: {e}")
