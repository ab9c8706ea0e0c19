"""
`images`: rewrites the images of all containers and image volumes, on request also references in
other places.

The value is a mapping of image glob to changes. The first entry whose glob matches wins, so put
specific ones first; parts that an entry does not name stay as they are.

| key | what it does |
|---|---|
| `registry` | replaces the host: `nginx` becomes `HOST/library/nginx`. A host has a dot or a port, or is `localhost` |
| `prefix` | is added before the path: `ghcr.io/a/b` becomes `ghcr.io/PREFIX/a/b` |
| `newName` | replaces everything before the tag. With a `/` at its end it keeps the last part of the image's path |
| `newTag` | replaces the tag, and removes a digest, which would override the tag |
| `digest` | replaces the tag |
| `anywhere` | `true`: rewrites references in other places of the matched objects too, see below |

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

An entry without a glob must fit an image of the matched objects, and of the entries with globs one
must; otherwise the run fails (`finds-nothing`). If a rule replaces a registry and the stream has
images of it that the rule does not reach, a warning names them (`images-left-behind`).

A glob is compared with the image as in `match`: as written, in its full and its short form, with
and without tag and digest. `newName` cannot be used with `registry` or `prefix`, nor `newTag` with
`digest`.

`{newName: mirror.example.com/flat/}` puts all images into one folder, as `cp x folder/` does:
`quay.io/example/web:1.0` becomes `mirror.example.com/flat/web:1.0`. If two different images would
become one, such as `quay.io/a/web:1` and `ghcr.io/b/web:1`, the run fails. To solve it, add an
entry for one of them with a `newName` of its own, above the other entry.

### `anywhere`

Operators get images by arguments, variables and fields of custom resources. An entry with
`anywhere: true` rewrites those too, in all objects that the rule matches, whether they have pods or
not:

- fields of custom resources whose names end in `image`, `imageName` or `repository`, and items of
  lists named `images`. A name without a host counts only with a tag (`redis:7`), in a list of
  containers also without
- words of `args` and `command`, also behind `--flag=`
- values of `env`
- entries of ConfigMaps that are nothing but a reference
- defaults in the schema of a CustomResourceDefinition, only if `match` names that kind without a
  glob

In all places but the fields, only full references count, with a host and a tag or digest, and only
entries whose host has no glob are used: `"quay.io/*"`, not `"*"`. So too in a `repository` without
a tag beside it or an `image` around it, as it may be one of sources or charts. If a tag is in a
field beside the image, as `{repository: quay.io/a/b, tag: "1"}` has it, an entry with `newTag` or `digest` leaves the
image alone. What is left, such as a reference within a longer text, a registry alone or the address
of a chart (`oci://`), is in the warning `images-left-behind`. For registries that an entry with
`anywhere: true` names, it is given even if no pod has an image of them. An entry without it whose
host has a glob, such as `"*"`, warns of the fields that it leaves, of whatever registry. `kmod-post inspect --images
-f FILE` lists all that is left.

```yaml
rules:
  mirror:
    match: {kind: "*", hooks: include}
    images:
      "quay.io/*": {registry: mirror.example.com, anywhere: true}
```

```diff
 apiVersion: apps/v1
 kind: Deployment
 metadata:
   name: operator
 spec:
   template:
     spec:
       containers:
         - name: operator
-          image: quay.io/example/operator:1.4
+          image: mirror.example.com/example/operator:1.4
-          args: ["--reloader-image=quay.io/example/reloader:2.0"]
+          args: ["--reloader-image=mirror.example.com/example/reloader:2.0"]
           env:
             - name: WORKER_IMAGE
-              value: quay.io/example/worker:1.4
+              value: mirror.example.com/example/worker:1.4
 ---
 apiVersion: example.com/v1
 kind: Toy
 metadata:
   name: toy
 spec:
-  image: quay.io/example/toy
+  image: mirror.example.com/example/toy
   website: https://quay.io/example/toy
```

### Rules on their own output

An image is rewritten once, by one entry. An image that looks like the result of an earlier entry,
such as the chart's own `b` with `{a: {newName: b}, b: {newName: c}}`, is taken for that result and
stays: when the rules run on their own output, they cannot tell the two apart. With the entry `b`
first, both are rewritten, but on its own output such a rule turns the former `a` into `c`.

A blank image, a place that something else fills in, is left alone.
"""  # noqa: E501 - a table has long rows

from __future__ import annotations

from postrender.data import put
from postrender.kubernetes.images import (
    DEFAULT_HOST,
    ImageName,
    images_in,
    is_digest,
    names_of,
    normalised,
    parse,
    text_of,
)
from postrender.rules.match import Globs, is_exact
from postrender.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from postrender.data import Data, Object, Path
    from postrender.rules.checker import Checker
    from postrender.verbs.context import Context


class ImageChange(Value):
    """
    One entry of the verb: for which images it is, and what it changes; empty for what it leaves. A
    `new_name` with a slash at its end is a folder.
    """

    globs: Globs
    registry: str
    prefix: str
    new_name: str
    new_tag: str
    digest: str
    anywhere: bool


_MAX_TAG = 128
_TAG_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_NAME_SIGNS = _TAG_SIGNS | frozenset("/:[]")
_PARTS = ("registry", "prefix", "newName", "newTag", "digest")
_KEYS = (*_PARTS, "anywhere")


def read(check: Checker, value: Data, path: Path) -> list[ImageChange]:
    """The rule's value: image glob to `{registry, prefix, newName, newTag, digest}`."""
    found = []
    example = '{"docker.io/*": {registry: mirror.example.com}}'
    given = check.mapping(value, path, example)
    for glob, item in given.items():
        place = (*path, glob)
        if item is None:
            check.no_entry(given, place, "remove it")
            continue
        is_said = not isinstance(item, dict) or not item.keys() <= set(_KEYS)
        item = check.mapping(item, place, "{newTag: 1.2.3}")
        check.known(item, place, _KEYS)
        texts = {
            key: _part(key, check.text(item[key], (*place, key)))
            for key in _PARTS
            if item.get(key) is not None
        }
        if not texts and not is_said:
            check.add(place, "it changes nothing", f"add one of {', '.join(_PARTS)}")
        if "newName" in texts and ("registry" in texts or "prefix" in texts):
            check.add(place, "newName replaces what registry and prefix would change", "keep one")
        if "newTag" in texts and "digest" in texts:
            check.add(place, "a digest replaces the tag", "keep one of newTag and digest")
        for key, text in texts.items():
            _check_part(check, key, text, (*place, key))
        anywhere = item.get("anywhere")
        is_anywhere = anywhere is not None and check.flag(anywhere, (*place, "anywhere"))
        registry, prefix, new_name, new_tag, digest = (texts.get(key, "") for key in _PARTS)
        found.append(
            ImageChange(
                Globs([glob]), registry, prefix, new_name, new_tag, digest, anywhere=is_anywhere
            )
        )
    return found


def _part(key: str, text: str) -> str:
    """A part of a reference without the slashes around it; that of a folder stays."""
    part = text.strip("/")
    return f"{part}/" if key == "newName" and part and text.endswith("/") else part


def apply(spec: Object, value: list[ImageChange], context: Context) -> Object:
    """The pod spec with its images rewritten."""
    found = list(images_in(spec))
    is_any = False
    for path, image in found:
        change = entry_for(image, value)
        if change is not None:
            is_any = True
            new = image_by(change, image)
            if new != image:
                spec = put(spec, path, new)
                note(context, image, new, change)
    seek([image for _, image in found], value, value, context, is_any=is_any)
    return spec


def note(context: Context, image: str, new: str, change: ImageChange) -> None:
    """Notes a renamed image."""
    context.renamed[image] = new, str(change.globs) if _is_folder(change) else ""


def seek(
    images: list[str],
    value: list[ImageChange],
    used: list[ImageChange],
    context: Context,
    *,
    is_any: bool,
) -> None:
    """
    Notes which entries are for one of the images, or have been, if they are `used` for them;
    `is_any` says whether one is. Of entries with a glob, which may be there for other charts, one
    is enough.
    """
    globs = [text for text in map(str, (change.globs for change in value)) if not is_exact(text)]
    if globs:
        context.seek(("images", '" or "'.join(globs)), images, is_found=is_any)
    for change in value:
        if is_exact(str(change.globs)):
            is_found = is_any and change in used and any(_is_for(change, image) for image in images)
            context.seek(("images", str(change.globs)), images, is_found=is_found)


def has_exact_host(change: ImageChange) -> bool:
    """Whether the glob of an entry leaves no choice of hosts: `quay.io/*`, not `*`."""
    return is_exact(str(change.globs).partition("/")[0])


def entry_for(image: str, changes: list[ImageChange]) -> ImageChange | None:
    """The first entry that is for an image, or has made it."""
    return next((change for change in changes if _is_for(change, image)), None)


def _is_for(change: ImageChange, image: str) -> bool:
    """Whether an image is one that an entry names, or that it has made of one."""
    return any(name in change.globs for name in names_of(image)) or _was_changed(
        parse(image), change
    )


def rewritten(image: str, changes: list[ImageChange]) -> str:
    """The image, rewritten by the first entry that matches it."""
    change = entry_for(image, changes)
    return image if change is None else image_by(change, image)


def image_by(change: ImageChange, image: str) -> str:
    """The image, rewritten by an entry."""
    return text_of(_changed(parse(image), change))


def _changed(name: ImageName, change: ImageChange) -> ImageName:
    """The image with the entry's changes; one that has them already stays as it is."""
    if change.new_name:
        new = parse(change.new_name + (_last(name.path) if _is_folder(change) else ""))
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


def _is_folder(change: ImageChange) -> bool:
    """Whether an entry puts images into a folder, where each keeps the last part of its path."""
    return change.new_name.endswith("/")


def _last(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def _tail(glob: str) -> str:
    """The glob of the last part of the paths that a glob fits; its signs stand for slashes too."""
    last = _last(glob)
    end = max(map(last.rfind, "*?]")) + 1
    return f"*{last[end:]}" if end else last


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
    (glob,) = change.globs.texts
    asked = parse(glob)
    if change.new_name:
        return not _is_folder(change) or _last(name.path) in Globs([_tail(asked.path)])
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
    elif key == "registry" and not parse(f"{text}/x").host:
        check.add(
            path,
            f'"{text}" is not a registry: {text}/nginx is an image of {DEFAULT_HOST}',
            f"write the host with its domain or port, such as {text.partition('/')[0]}:443, or "
            f"prefix: {text}",
            value=True,
        )
