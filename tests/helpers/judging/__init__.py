"""
The judge: a real kube-apiserver, asked what it takes. See scripts/judge.

- `apiserver.py` starts one, `verdicts.py` asks it.
- `renders.py` is over the charts of the corpus, before and after rules.
- `openapi.py`, `patches.py` and `cases.py` make random content from the server's own description of its
  types, never from kmod-post's table; `comparing.py` compares verdicts, `summary.py` counts them.
"""
