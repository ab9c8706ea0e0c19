"""
Texts that some YAML reader mistakes for something else, or that are easily written wrong.

`KINDS` groups them by their hazard, `HAZARDS` lists them all. Each can be used as a plain scalar, if
YAML allows it, and as a string to be written.
"""

from __future__ import annotations


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split(" "))


KINDS: dict[str, tuple[str, ...]] = {
    "bool for Go": _words(
        "y Y yes Yes YES n N no No NO on On ON off Off OFF true True TRUE false False FALSE"
    ),
    "bool in no reader's case": _words("yES nO oN oFF tRUE fALSE tRue FaLsE"),
    "nearly a bool": (*_words("yes! nope none None t f T F true. truE1 y1"), "on off", "y y"),
    "null": (*_words("~ null Null NULL"), ""),
    "nearly null": (*_words("nULL nil ~~ ~/x undefined NaN nan inf Infinity"), "~ ", "null null"),
    "decimal": _words("0 1 12 -1 +1 -0 +0 00 1000000 8080"),
    "decimal at a limit": (
        *_words("9007199254740993 2147483648 4294967296 9223372036854775807 9223372036854775808"),
        *_words("9223372036854775809 -9223372036854775808 -9223372036854775809"),
        *_words("+9223372036854775808 18446744073709551615 18446744073709551616"),
        *_words("+18446744073709551615 -18446744073709551615 99999999999999999999"),
        *("1" + "0" * 308, "1" + "0" * 309, "9" * 5000),
    ),
    "decimal with underscores": _words(
        "1_000 1__0 1_ -1_0 +1_0_0 -_1 +_1 _1 1_000.5 0_ 12_34_56 1_e3 1e_3 1e1_0 -_ +_ 1_a",
        "9_223_372_036_854_775_808",
    ),
    "octal": _words("010 012 0644 0777 -012 +012 0_17 00012 01777777777777777777777"),
    "octal with o": _words("0o14 0O14 0o17 -0o7 +0o7 0o_7 0o 0o8 0o-7 0o+7"),
    "octal that is too large": _words(
        "02000000000000000000000 0o2000000000000000000000 0777777777777777777777777777777"
    ),
    "not octal": _words("08 09 089 -08 0128 08.5 0_8 00.5"),
    "hexadecimal": _words(
        "0x1F 0X1f 0xdeadbeef -0x10 +0x10 0x_1f 0xffffffffffffffff 0x10000000000000000",
        "-0x8000000000000000 -0x8000000000000001 0x 0xg 0x1p4 0x1.8 x1F 1F 0x-1",
    ),
    "binary": (
        *_words("0b11 0B11 -0b11 +0b11 0b1_1 0b 0b2 0b+11 0b-11 -0b-11 -0b+11 0B+11 +0b+11"),
        *("0b" + "1" * 64, "0b" + "1" * 65, "-0b1" + "0" * 63, "-0b1" + "0" * 62 + "1"),
        *("0b+" + "1" * 63, "0b+1" + "0" * 63, "0b-1" + "0" * 63),
    ),
    "float": _words(
        "0.1 1.5 -1.5 +1.5 1. -1. .5 -.5 +.5 0.0 -0.0 1.0 10.10 3.14159265358979 100.0",
        "0.30000000000000004 .5_0 ._5 .5_ .5_e1 .5e1_0 .5__0 -._5 -.5_0",
    ),
    "float with an exponent": _words(
        "1e3 1E3 1e+3 1e-3 +1e3 -1e3 1.e3 .1e3 -.1e3 1.5e3 12e03 1e03 0e0 1e-7 1e0 1e21 1e22",
        "1e308 1e-400 4.9e-324 1.e+3 01e3 1e1000000000000",
    ),
    "nearly an exponent": (*_words("1e 1e+ e3 .e3 1e3.0 1e3e3 0x1e3 1.2.3e4 1e3f"), "1 e3"),
    "float that is too large": _words("1e309 1e400 -1e400 1e99999 1234e567 1.8e308 .1e400"),
    "float that is no number": _words(
        ".inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF .nan .NaN .NAN"
    ),
    "nearly infinite": _words(".iNF -.iNF +.nan -.nan .infinity .Nan -inf +Inf . -. +. .. .x"),
    "float key that Go prints in its own way": _words(
        "1e5 1e6 123456.0 1234567.0 0.0001 0.00001 16777217.0 1e39 -1e39 3.4028235e38 1e-50",
        "2.5243548967072378e-29 0.1234567890123",
    ),
    "float only in some readers": _words("1.2.3 10.0.0.1 ...5 1.. 1,000 1,5 685.230_15e+03"),
    "git revision": _words("1234e56 1e10000 0e12345 1234567 0123456 12e3456 7e1 00e0"),
    "git revision that is text": _words("e3b0c44 1a2b3c4 0a1b2c3 0xabcdef deadbee 123e45f"),
    "version": _words("1.10 1.20 1.0.0 v1 v1.2 1.27-alpine 1.x 2.0.0-rc.1 1e1-2 1.30+k3s1"),
    "timestamp": (
        *_words("2001-01-01 2001-1-1 2024-01-01T00:00:00Z 2024-01-01t00:00:00Z 2024-02-29"),
        *_words("2024-01-01T00:00:00+01:00 2001-12-14t21:59:43.10-05:00 2024-1-1T1:2:3Z"),
        *("2024-01-01 00:00:00", "2024-01-01 00:00:00.5", "2024-12-31  23:59:59,5"),
        "0000-01-01",
    ),
    "nearly a timestamp": (
        *_words("2023-02-29 1900-02-29 2024-13-01 2024-00-01 2024-01-00 2024-01-32 2024-04-31"),
        *_words("2024-01 2024 24-01-01 20240-01-01 2024-01-01T 2024-01-01T24:00:00Z 2024-01-01Z"),
        *_words("2024-01-01T00:60:00Z 2024-01-01T00:00:00 2024-01-01T00:00:00+25:00"),
        *("2001-12-14 21:59:43.10 -5", "2024-01-01 00:00:00 +01:00", "2024-01-01\t00:00:00"),
    ),
    "sexagesimal": _words(
        "22:22 12:30:45 1:2:3 -1:20 +1:20 190:20:30 20:30.15 1:60 8080:80 0:0 1:2:3.5 53:53",
        "127.0.0.1:80 :80 80: 3:25:45.67",
    ),
    "amount": _words(
        "10m 100Mi 1.5Gi 1Gi 128k 1M 500ms 30s 5m 1h 25% 0.5Gi 10Ei 0m",
        "1E 1n 1u 5d 1f 1L .5Gi -1m 1.m 1h30m 1mi",
    ),
    "merge or value sign": (*_words("<< <<< =x <"), "<<: x"),
    "plain and common": (
        *_words("nginx:1.19 busybox:1.28 /usr/share/nginx/html/ $(VAR) $(A)/$(B) a=b Always sh"),
        *_words("http://x/y?z=1 app.kubernetes.io/name --config=/etc/x -c ./run.sh ../up _hidden"),
        *_words(".spec.replicas .bashrc a_b user@host a+b A,B it's x*y a#b C:\\x key:value"),
        *("daemon off;", "echo hello && sleep 5", "cat /etc/passwd | wc -l", 'say "hi"'),
        *("100% sure", "a - b", "a ? b", "a :b", "registry:5000/a/b@sha256:0123abc"),
    ),
    "colon": ("a: b", "a:", "a: ", ": a", ":", "::", ":a", "a::", "a:\tb", "a:: b", "a:]", "a:,b"),
    "comment": ("# a", "#a", "a #b", "a # b", "#", " #a", "a\t#b", "a  #"),
    "indicator": (
        *_words("- -a -- --- ---a ... ...a ? ?a &a *a ! !a | |- > >+ %a @a `a` \\ \\n"),
        *_words("'a' \"a\" ' \" '' a' a\""),
        *("- a", "--- a", "... a", "? a", "& a", "* a", "! a", "!!str a", "| a", "%YAML 1.1"),
        '"a" b',
    ),
    "flow": (
        *_words("[ ] { } , [] {} [a] a,b a] a} a[0] a{b ${VAR} $VAR a, [a ?x a? a?b"),
        *("{a: b}", "a, b", "{{ x }}", ", a", "{}: x", "x: {}"),
    ),
    "blanks": (
        *(" ", "  ", " a", "a ", "  a  ", "a b", "a  b", "a   b", "\t", "\ta", "a\t", "a\tb"),
        *(" \t ", " true", "true ", " 1", "1 ", "\t1", " ~", "- ", "\xa0", "\xa0a", "\u3000a"),
    ),
    "several lines": (
        *("\n", "a\n", "\na", "a\nb", "a\nb\n", "a\n\nb", "a\nb\n\n", "\n\n", "\n\na", "  a\nb"),
        *("a\n  b", "a\n b\nc\n", " a\n", "a \nb", "a\t\nb", "# a\n# b", "- a\n- b\n", "\ta\nb"),
        *("---\na\n", "a\n---\nb", "...\n", "#!/bin/sh\necho 1\n", "a\n#b", "\n a\nb"),
        *("a: b\nc: d", "a\n\n  b\n", "true\n"),
    ),
    "other line breaks": (
        *("a\rb", "a\r\nb", "\r", "a\r", "\r\n", "a\x85b", "\x85", "a\u2028b", "\u2028"),
        *("a\u2029b", "a\u2028\nb"),
    ),
    "control character": (
        *("\0", "\x01", "\x07", "\b", "\x0b", "\f", "\x1b[0m", "\x1f", "\x7f", "\x80", "\x9f"),
    ),
    "not ASCII": (
        *_words("caf\xe9 \xdf \u4e2d\u6587 \u0416 \u05d0 e\u0301 \u200b \u200e \u202e \u2060 \xad"),
        *_words("\ufffd \ufffe \uffff \ufeff a\ufeffb \ufeffa \ue000 \ud7ff \ufdd0 \u3164 \xb2"),
        *_words("\U0001f600 \U0001f468\u200d\U0001f469 \U0001fffe \U0010ffff \U00010000"),
        *_words("\U000e0041 a\u2066b\u115f \ufe00"),
        *_words("\uff11 \u0661\u0662 \uff59\uff45\uff53"),
    ),
    "escape": _words(r"\x41 \u0041 a\/b \" a\ \\ \N %41 &amp; C:\new\table \xzz"),
    "base64": _words("aGk= aGk aGk== gP8= == = a=== aG==k YWI=\n", "0FOv= -_8= Zm9vYmFy"),
    "long": (
        *("a" * 100, "a" * 1024, "a" * 1025, "word " * 300 + "end", "a" * 79 + " b"),
        *("1" * 1024, "/".join(["path"] * 200)),
    ),
}

HAZARDS: tuple[str, ...] = tuple(text for texts in KINDS.values() for text in texts)
