"""Base64 as Go's encoding/base64 reads it: k8s.io/apimachinery reads fields of bytes with it."""

from __future__ import annotations


def is_base64(text: str) -> bool:
    """Whether the API server can read a text as bytes."""
    try:
        decoded(text)
    except ValueError:
        return False
    return True


def decoded(text: str) -> bytes:
    """The bytes that a text stands for; line breaks in it do not count. Raises ValueError."""
    from binascii import a2b_base64

    return a2b_base64(text.replace("\n", "").replace("\r", ""), strict_mode=True)
