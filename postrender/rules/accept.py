"""
`accept`: the findings that you have seen and permit, by their ids.

A warning, and an error that can be excused, has an id at the end of its message. What a rule
accepts is not said of it: a warning does not appear, an error becomes nothing, and `--strict`
passes. [docs/messages.md](messages.md#findings) lists all ids.

```yaml
rules:
  register:
    match: {kind: Deployment, name: web}
    containers:
      web: {postStart: register-me}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       containers:
         - name: web
           image: example/web:1.0
+          lifecycle:
+            postStart:
+              exec:
+                command:
+                  - sh
+                  - -c
+                  - register-me
```

```text
kmod.yaml:2:3: rule "register": Deployment/web: container web: its postStart hook and its ENTRYPOINT start together, in no particular order; put what must come first into entrypoint: or an init container (warning: post-start-race)
```

```yaml
rules:
  register:
    match: {kind: Deployment, name: web}
    accept: [post-start-race]
    containers:
      web: {postStart: register-me}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: web
 spec:
   template:
     spec:
       containers:
         - name: web
           image: example/web:1.0
+          lifecycle:
+            postStart:
+              exec:
+                command:
+                  - sh
+                  - -c
+                  - register-me
```

At the top level of the file, `accept` holds for all rules, and for findings that are no rule's. A
later layer replaces the list of an earlier one; null withdraws it:
`--set rules.register.accept=null`. An id is written in full: there are no globs.

An id that has excused nothing, although the rule matched, is out of date: that is a warning itself
(`accept-unused`). Warnings are about what a rule changes. So where it changes nothing, as on its
own output, an accepted warning is not missed.
"""  # noqa: E501 - a message is one line

from __future__ import annotations

from postrender.findings import FINDINGS
from postrender.rules.checker import kind_of, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Path
    from postrender.errors import Where
    from postrender.rules.checker import Checker


def read_accept(check: Checker, data: Data, path: Path) -> dict[str, Where]:
    """
    The ids of findings that `accept:` names, with their places. From now on the checker leaves out
    the mistakes of these ids, in the rule at `path` or, at the top level, everywhere.
    """
    places: dict[str, Where] = {}
    is_list = isinstance(data, list)
    if not is_list:
        check.add(path, f"must be a list of ids, not {kind_of(data)}", "write [ID]", value=True)
    for i, item in enumerate(data if is_list else ()):
        place: Path = (*path, i)
        key = item if isinstance(item, str) else check.text(item, place)
        if not key and item != "":
            continue  # no text, and noted
        if key not in FINDINGS:
            known = [finding.id for finding in FINDINGS.values() if finding.is_acceptable]
            advice = nearest(key, known) or "write the id in full, as it stands behind its message"
            check.add(place, f'unknown id "{key}"', advice, value=True)
        elif not FINDINGS[key].is_acceptable:
            check.add(place, f"{key} cannot be accepted", "remove it", value=True)
        else:
            places[key] = check.values.where(place, value=True)
    check.accepted[str(path[1]) if path[:1] == ("rules",) else ""] = places.keys()
    return places
