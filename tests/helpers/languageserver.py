"""The YAML language server, as an editor speaks with it: JSON-RPC over its standard streams."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT = 60
CURSOR = "¦"


class LanguageServer:
    """
    A running server that answers about files. An own process for each; `with` ends it. Whatever
    takes longer than a minute ends it too, and fails.
    """

    def __init__(self, path: str) -> None:
        self._process = subprocess.Popen(
            [path, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._timer = threading.Timer(_TIMEOUT, self._process.kill)
        self._timer.start()
        self._number = 0
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self._tell("initialized", {})
        settings = {"yaml": {"validate": True, "hover": True, "completion": True}}
        self._tell("workspace/didChangeConfiguration", {"settings": settings})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._process.kill()
        self._process.communicate()

    def problems(self, file: Path) -> list[str]:
        """What the editor underlines in a file: `LINE: message`, in the order of the lines."""
        self._open(file, file.read_text())
        while True:
            message = self._receive()
            found = message.get("params", {})
            if (
                message.get("method") == "textDocument/publishDiagnostics"
                and found["uri"] == file.as_uri()
            ):
                lines = sorted(
                    (problem["range"]["start"]["line"] + 1, problem["message"])
                    for problem in found["diagnostics"]
                )
                return [f"{line}: {message}" for line, message in lines]

    def completions(self, file: Path, text: str) -> set[str]:
        """The words that the editor offers where the text has its CURSOR."""
        found = self._at_cursor("completion", file, text)
        return {item["label"] for item in found["items"]}

    def hover(self, file: Path, text: str) -> str:
        """What the editor shows of the word where the text has its CURSOR."""
        found = self._at_cursor("hover", file, text)
        return str(found["contents"]["value"]) if found else ""

    def _at_cursor(self, what: str, file: Path, text: str) -> Any:
        before, _, after = text.partition(CURSOR)
        self._open(file, before + after)
        lines = before.split("\n")
        place = {"line": len(lines) - 1, "character": len(lines[-1])}
        document = {"uri": file.as_uri()}
        return self._ask(f"textDocument/{what}", {"textDocument": document, "position": place})

    def _open(self, file: Path, text: str) -> None:
        self._number += 1  # the server keeps what it has read of a version
        document = {
            "uri": file.as_uri(),
            "languageId": "yaml",
            "version": self._number,
            "text": text,
        }
        self._tell("textDocument/didOpen", {"textDocument": document})

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = _opened(self._process.stdin)
        stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        stream.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message. What the server asks (for settings, say) is answered with nothing."""
        stream = _opened(self._process.stdout)
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server has ended"
        message: dict[str, Any] = json.loads(stream.read(length))
        if "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message


def _opened(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
