"""Base64 as Go's encoding/base64 reads it: k8s.io/apimachinery reads fields of bytes with it."""

from __future__ import annotations


def is_base64(text: str) -> bool:
    """Whether the API server can read a text as bytes. Line breaks in it do not count."""
    from binascii import Error, a2b_base64

    try:
        a2b_base64(text.replace("\n", "").replace("\r", ""), strict_mode=True)
    except (Error, ValueError):  # ValueError: a letter that is not ASCII
        return False
    return True
