"""
`images`: rewrites the images of all containers and image volumes.

The value is a mapping of image glob to changes. The first entry whose glob matches wins, so put
specific ones first; parts that an entry does not name stay as they are.

| key | what it does |
|---|---|
| `registry` | replaces the host: `nginx` becomes `HOST/library/nginx` |
| `prefix` | is added before the path: `ghcr.io/a/b` becomes `ghcr.io/PREFIX/a/b` |
| `newName` | replaces everything before the tag |
| `newTag` | replaces the tag, and removes a digest, which would override the tag |
| `digest` | replaces the tag |

```yaml
rules:
  mirror:
    match: {kind: Deployment, name: web}
    images:
      "ghcr.io/*": {registry: mirror.example.com, prefix: ghcr}
      redis: {newName: mirror.example.com/cache, newTag: 7.4}
      "docker.io/*": {registry: mirror.example.com}
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
-          image: "ghcr.io/example/web:1.0"
+          image: "mirror.example.com/ghcr/example/web:1.0"
         - name: cache
-          image: redis:7.2
+          image: mirror.example.com/cache:7.4
         - name: proxy
-          image: nginx
+          image: mirror.example.com/library/nginx
         - name: other
           image: quay.io/example/other:2
```

A glob is compared with the image as in `match`: as written, in its full and its short form, with
and without tag and digest. `newName` cannot be used with `registry` or `prefix`, nor `newTag` with
`digest`.

An image is rewritten once, by one entry. An image that looks like the result of an earlier entry,
such as the chart's own `b` with `{a: {newName: b}, b: {newName: c}}`, is taken for that result and
stays: when the rules run on their own output, they cannot tell the two apart. With the entry `b`
first, both are rewritten, but on its own output such a rule turns the former `a` into `c`.
"""

from __future__ import annotations

from postrender.data import put
from postrender.kubernetes.images import (
    DEFAULT_HOST,
    ImageName,
    is_digest,
    names_of,
    normalised,
    parse,
    text_of,
)
from postrender.kubernetes.objects import containers
from postrender.kubernetes.globs import Globs
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class ImageChange(Value):
    """
    One entry of the verb: for which images it is, and what it changes; empty for what it leaves.
    """

    globs: Globs
    registry: str
    prefix: str
    new_name: str
    new_tag: str
    digest: str


_MAX_TAG = 128
_TAG_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_NAME_SIGNS = _TAG_SIGNS | frozenset("/:[]")
_KEYS = ("registry", "prefix", "newName", "newTag", "digest")


def read(check: Checker, value: Data, path: Path) -> list[ImageChange]:
    """The rule's value: image glob to `{registry, prefix, newName, newTag, digest}`."""
    found = []
    example = '{"docker.io/*": {registry: mirror.example.com}}'
    for glob, item in check.mapping(value, path, example).items():
        if item is None:
            continue
        place = (*path, glob)
        is_said = not isinstance(item, dict) or not item.keys() <= set(_KEYS)
        item = check.mapping(item, place, "{newTag: 1.2.3}")
        check.known(item, place, _KEYS)
        texts = {
            key: check.text(item[key], (*place, key)).strip("/")
            for key in _KEYS
            if item.get(key) is not None
        }
        if not texts and not is_said:
            check.add(place, "it changes nothing", f"add one of {', '.join(_KEYS)}")
        if "newName" in texts and ("registry" in texts or "prefix" in texts):
            check.add(place, "newName replaces what registry and prefix would change", "keep one")
        if "newTag" in texts and "digest" in texts:
            check.add(place, "a digest replaces the tag", "keep one of newTag and digest")
        for key, text in texts.items():
            _check_part(check, key, text, (*place, key))
        found.append(ImageChange(Globs([glob]), *(texts.get(key, "") for key in _KEYS)))
    return found


def apply(spec: Object, value: list[ImageChange], context: Context) -> Object:  # noqa: ARG001 - all verbs are called alike
    """The pod spec with its images rewritten."""
    for path, image in list(_images(spec)):
        new = rewritten(image, value)
        if new != image:
            spec = put(spec, path, new)
    return spec


def rewritten(image: str, changes: list[ImageChange]) -> str:
    """The image, rewritten by the first entry that matches it."""
    for change in changes:
        if any(name in change.globs for name in names_of(image)):
            return text_of(_changed(parse(image), change))
        if _was_changed(parse(image), change):
            break
    return image


def _images(spec: Object) -> Iterator[tuple[Path, str]]:
    """Where a pod spec names images, with the names."""
    for path, container in containers(spec):
        if isinstance(container.get("image"), str) and container["image"]:
            yield (*path, "image"), container["image"]
    for i, volume in enumerate(spec.get("volumes") or []):
        source = volume.get("image") if isinstance(volume, dict) else None
        reference = source.get("reference") if isinstance(source, dict) else None
        if isinstance(reference, str) and reference:
            yield ("volumes", i, "image", "reference"), reference


def _changed(name: ImageName, change: ImageChange) -> ImageName:
    """The image with the entry's changes; one that has them already stays as it is."""
    if change.new_name:
        new = parse(change.new_name)
        name = name.replaced(host=new.host, path=new.path)
    if change.registry or change.prefix:
        own = _lead(name, change)
        written = text_of(name.replaced(tag="", digest=""))
        if not written.startswith(f"{own}/"):
            full = normalised(name)
            path = full.path
            if change.registry and written.startswith(f"{change.registry}/"):
                path = written.removeprefix(f"{change.registry}/")
            # The registry may include a path, so parse the result again.
            name = parse(f"{own}/{path}").replaced(tag=name.tag, digest=name.digest)
    if change.new_tag:
        name = name.replaced(tag=f":{change.new_tag}", digest="")
    if change.digest:
        name = name.replaced(tag="", digest=f"@{change.digest}")
    return name


def _lead(name: ImageName, change: ImageChange) -> str:
    """What the entry puts before the path: registry, or the image's own host, and prefix."""
    host = change.registry or name.host
    if not host and parse(f"{change.prefix}/x").host:
        host = DEFAULT_HOST  # a prefix that looks like a host would be taken for it
    return "/".join(filter(None, (host, change.prefix)))


def _was_changed(name: ImageName, change: ImageChange) -> bool:
    """
    Whether the entry has produced this image in an earlier run.

    Then no later entry applies, even if its glob matches now: rules on their own output change
    nothing.
    """
    if _changed(name, change) != name:
        return False
    if change.new_name:
        return True
    (glob,) = change.globs.texts
    asked = parse(glob)
    written = text_of(name.replaced(tag="", digest=""))
    path = written.removeprefix(f"{_lead(name, change)}/")
    hosts = {DEFAULT_HOST, asked.host} if change.registry else {name.host}
    tags = {(name.tag, name.digest), (asked.tag, asked.digest)}
    before = (ImageName(host, path, *tag) for host in hosts for tag in tags)
    return any(text in change.globs for old in before for text in names_of(text_of(old)))


def _check_part(check: Checker, key: str, text: str, path: Path) -> None:
    """
    Notes what cannot be a part of a reference; source: github.com/distribution/reference regexp.go,
    with the same signs for names and hosts.
    """
    if not text:
        check.add(path, "is empty", "remove it, or write a value", value=True)
    elif key == "digest":
        if not is_digest(text):
            check.add(path, "is not a digest", "write sha256: and 64 hex digits", value=True)
    elif key == "newTag":
        if len(text) > _MAX_TAG or text[0] in ".-" or not _TAG_SIGNS.issuperset(text):
            check.add(path, f'"{text}" is not a tag', "write it as 1.2.3", value=True)
    elif "//" in text or not _NAME_SIGNS.issuperset(text):
        check.add(
            path,
            f'"{text}" cannot stand in the name of an image',
            "write it as mirror.example.com/a",
            value=True,
        )
    elif key == "newName" and parse(text).tag:
        check.add(path, f'"{text}" has a tag', "write that as newTag:", value=True)
