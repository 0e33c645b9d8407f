"""Keys and sealed values: the one place where the platform encrypts."""

from hearthline.foundation.crypto.envelope import (
    blind_index,
    installation_decrypt,
    installation_encrypt,
    key_version_of,
    seal,
    unseal,
)
from hearthline.foundation.crypto.errors import CryptographyError, KeysDestroyedError
from hearthline.foundation.crypto.fields import CompressedTextField, EncryptedTextField
from hearthline.foundation.crypto.keystore import Purpose, key_store

__all__ = [
    "CompressedTextField",
    "CryptographyError",
    "EncryptedTextField",
    "KeysDestroyedError",
    "Purpose",
    "blind_index",
    "installation_decrypt",
    "installation_encrypt",
    "key_store",
    "key_version_of",
    "seal",
    "unseal",
]
