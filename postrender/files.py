"""
How the program reads and writes the files that people name.

**Reading** (`read_file`): a regular file, or a pipe as in `-f <(…)`. Devices, files of more than
`LIMIT` bytes, and pipes without data for `PATIENCE` seconds are refused.

**Writing** (`write_file`): a regular file is written completely or not at all.

- The text goes to a new file in the same folder, with an unpredictable name, opened only if it does
  not exist (`O_CREAT|O_EXCL|O_NOFOLLOW`). Then it replaces the old file. If that fails, the new
  file is removed and the old one stays as it was. Nothing is synced to disk.
- The old file's permissions are kept and, if the system allows it, its owner; a new file gets those
  of the umask. Hard links to the old file keep the old text. A file without write permission is not
  replaced, even if its folder would allow it.
- A symbolic link to a file is refused or, if the caller asks for that, its target is replaced.
  Links to folders are followed.
- Pipes and character devices (`/dev/null`) are written to directly. So are open descriptors of this
  process (`/dev/stdout`, `/dev/stderr`, `/dev/fd/3`), at the descriptor's offset.

All raise OSError, whose `strerror` says why; `reason_of` makes it part of a message.
"""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# The name of a lock file if nobody gives another.
LOCK_FILE = "kmod.lock.yaml"
# Bytes; more than any rules file or lock file needs: 10,000 locked images take 3.4 MB.
LIMIT = 16_000_000
# Seconds without a byte from a pipe. What stands behind it may have to fetch something first.
PATIENCE = 60.0
_CHUNK = 1 << 16

_NAME = r"/dev/(?:fd/(\d{1,9})|(stdin|stdout|stderr))|/proc/self/fd/(\d{1,9})"
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}
_MOST_LINKS = 40  # Linux' own bound
_WRITE = os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_NEW = os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def read_file(file: str) -> bytes:
    """What is in a file or comes from a pipe. Raises OSError."""
    mode = os.stat(file).st_mode
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        _refuse(errno.EINVAL, "a device", file)
    is_pipe = stat.S_ISFIFO(mode)

    def opener(path: str, flags: int) -> int:
        # A pipe that nobody writes to yet would keep us here.
        return os.open(path, flags | os.O_NONBLOCK if is_pipe else flags)

    with open(file, "rb", buffering=0, opener=opener) as opened:
        if is_pipe:
            os.set_blocking(opened.fileno(), True)
        parts: list[bytes] = []
        size = 0
        while True:
            if is_pipe and not _is_ready(opened.fileno()):
                _refuse(errno.ETIMEDOUT, f"nothing came for {PATIENCE:g} s", file)
            part = opened.read(_CHUNK)
            if not part:
                return b"".join(parts)
            parts.append(part)
            size += len(part)
            if size > LIMIT:
                _refuse(errno.EFBIG, f"larger than {LIMIT // 1_000_000} million bytes", file)


def write_file(
    file: str,
    content: bytes,
    *,
    through_link: bool = False,
    executable: bool = False,
    must_be_new: bool = False,
) -> None:
    """
    Writes a file as the module says. `through_link`: where the file is a symbolic link, what it
    points to is written. `executable`: who may read it may run it. `must_be_new`: a file of this
    name, whatever it is, raises FileExistsError. Raises OSError.
    """
    if must_be_new:
        _write_new(file, content, 0o777 if executable else 0o666)
        return
    descriptor = descriptor_of(file)
    if descriptor is not None:
        _pour(os.dup(descriptor), content)
        return
    if through_link:
        file = os.path.realpath(file)
    try:
        old = os.lstat(file)
        if stat.S_ISLNK(old.st_mode):
            old = os.stat(file)
            if not _is_channel(old.st_mode):
                _refuse(errno.ELOOP, "a symbolic link", file)
    except FileNotFoundError:
        if os.path.islink(file):
            _refuse(errno.ELOOP, "a symbolic link", file)
        _replace(file, content, None, executable=executable)
        return
    if _is_channel(old.st_mode):
        _pour(os.open(file, _WRITE), content)
    elif stat.S_ISREG(old.st_mode):
        _replace(file, content, old, executable=executable)
    else:
        code = errno.EISDIR if stat.S_ISDIR(old.st_mode) else errno.EINVAL
        _refuse(code, os.strerror(code), file)


def descriptor_of(file: str) -> int | None:
    """The descriptor of this process that a path names, also through links; None for others."""
    for _ in range(_MOST_LINKS):
        file = os.path.abspath(file)
        if file.startswith(("/dev/", "/proc/")):
            import re

            found = re.fullmatch(_NAME, file)
        else:
            found = None
        if found:
            number, name, other = found.groups()
            return _STANDARD[name] if name else int(number or other)
        if not os.path.islink(file):
            return None
        file = os.path.join(os.path.dirname(file), os.readlink(file))
    return None


def is_same_file(one: str, other: str | int) -> bool:
    """
    Whether to write one is to write the other: two paths, however they are spelled, or a path and a
    descriptor, mean the same file, or would if it were there. Devices and pipes are not meant.
    """
    if isinstance(other, str) and os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        known = os.stat(one)
        return stat.S_ISREG(known.st_mode) and os.path.samestat(known, os.stat(other))
    except OSError:
        return False


def _is_ready(descriptor: int) -> bool:
    """Waits until a pipe has something to read or its writers are gone."""
    import select

    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(PATIENCE * 1000))


def _is_channel(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _replace(file: str, content: bytes, old: os.stat_result | None, *, executable: bool) -> None:
    """Puts a new file in the place of a regular one, or of none."""
    if old is not None and not os.access(file, os.W_OK):
        _refuse(errno.EACCES, os.strerror(errno.EACCES), file)
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o777
    if executable:
        mode |= (mode & 0o444) >> 2
    part = os.path.join(os.path.dirname(file), f".kmod-post-{os.urandom(12).hex()}")
    try:
        _write_new(part, content, mode, old)
        try:
            os.replace(part, file)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        error.filename, error.filename2 = file, None
        raise


def _write_new(file: str, content: bytes, mode: int, like: os.stat_result | None = None) -> None:
    """Writes a file that is not there yet, with the owner and the very mode of `like`."""
    descriptor = os.open(file, _WRITE | _NEW, mode if like is None else mode & 0o700)
    try:
        with open(descriptor, "wb") as opened:
            if like is not None and hasattr(os, "fchmod"):
                _keep_owner(descriptor, like)
                os.fchmod(descriptor, mode)
            opened.write(content)
    except BaseException:
        os.unlink(file)
        raise


def _keep_owner(descriptor: int, like: os.stat_result) -> None:
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (like.st_uid, like.st_gid):
        try:
            os.fchown(descriptor, like.st_uid, like.st_gid)
        except OSError:
            return  # only root may give files away


def _pour(descriptor: int, content: bytes) -> None:
    """Writes to what is open already, and closes it."""
    with open(descriptor, "wb") as opened:
        opened.write(content)


def _refuse(code: int, reason: str, file: str) -> NoReturn:
    raise OSError(code, reason, file)
