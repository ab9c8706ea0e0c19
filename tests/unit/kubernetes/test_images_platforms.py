"""Platforms, and their one spelling."""

from __future__ import annotations

import pytest

from postrender.kubernetes.images import platform_of


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        # From platforms_test.go and database.go of containerd's platforms.
        ("linux/amd64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v2", "linux/amd64/v2"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/x86_64/v1", "linux/amd64"),
        ("linux/x86_64/v3", "linux/amd64/v3"),
        ("linux/i386", "linux/386"),
        ("linux/arm64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/aarch64/v9", "linux/arm64/v9"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/v5", "linux/arm/v5"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("linux/ppc64le", "linux/ppc64le"),
        ("linux/riscv64/rva20u64", "linux/riscv64/rva20u64"),
        ("Windows/AMD64", "windows/amd64"),
        ("linux", ""),
        ("amd64", ""),
        ("linux/", ""),
        ("linux/amd64/v1/x", ""),
        ("linux/a md64", ""),
        ("", ""),
    ],
)
def test_spellings(text: str, platform: str) -> None:
    """Each platform has one spelling, which stays as it is; what is none has none."""
    assert platform_of(text) == platform
    assert platform_of(platform) == platform
