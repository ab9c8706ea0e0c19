"""`images` with `anywhere: true`."""

from __future__ import annotations

import pytest
from runs import output, run_text

from postrender.errors import ExpectationError, RulesError

TOY = "apiVersion: example.com/v1\nkind: Toy\nmetadata: {name: toy}\nspec: {%s}\n"
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\n"
    'spec: {containers: [{name: a, image: "quay.io/a/b:1", %s}]}\n'
)
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {%s}\n"
CRD = (
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}\n"
    "spec: {versions: [{name: v1, schema: {openAPIV3Schema: {properties: {spec: {%s}}}}}]}\n"
)
DIGEST = f"sha256:{'0' * 64}"
MIRROR = '{"quay.io/*": {registry: m.example.com, anywhere: true}}'


def changed(stream: str, images: str = MIRROR, match: str = '{kind: "*"}') -> str:
    """
    What a rule makes of a stream; it warns of nothing, and changes nothing in its own output.
    """
    rules = f"rules: {{r: {{accept: [finds-nothing], match: {match}, images: {images}}}}}"
    done = run_text(rules, stream)
    assert [str(one) for one in done.warnings if "unused" not in one.id] == []
    again = run_text(rules, output(done))
    assert output(again) == output(done)
    return output(done)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOY % 'image: "quay.io/a/b:1"', id="a field"),
        pytest.param(TOY % "image: quay.io/a/b", id="a field without a tag"),
        pytest.param(TOY % "sideImage: quay.io/a/b", id="a field with a longer name"),
        pytest.param(TOY % "imageName: quay.io/a/b", id="imageName"),
        pytest.param(TOY % 'image: {repository: quay.io/a/b, tag: "1"}', id="a repository"),
        pytest.param(TOY % "images: [quay.io/a/b, x]", id="a list of images"),
        pytest.param(TOY % 'a: {args: ["--x=quay.io/a/b:1"]}', id="args of a custom resource"),
        pytest.param(
            TOY % "containers: [{env: [{name: A, value: 'quay.io/a/b:1'}]}]", id="env of one"
        ),
        pytest.param(POD % 'args: ["quay.io/a/b:1"]', id="a word"),
        pytest.param(POD % 'args: ["--image=quay.io/a/b:1"]', id="a flag"),
        pytest.param(POD % f'command: ["-i=quay.io/a/b@{DIGEST}"]', id="a short flag, a digest"),
        pytest.param(POD % 'env: [{name: A, value: "quay.io/a/b:1"}]', id="a variable"),
        pytest.param(MAP % 'image: "quay.io/a/b:1"', id="data"),
        pytest.param(MAP % 'x: "quay.io/a/b:1\\n"', id="data with a line break"),
    ],
)
def test_what_is_rewritten(text: str) -> None:
    """References, wherever one may stand; all around them stays."""
    assert changed(text) == text.replace("quay.io/", "m.example.com/")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOY % "other: quay.io/a/b", id="no tag, and no name of an image"),
        pytest.param(TOY % "a: quay.io, b: 'oci://quay.io/a/b:1'", id="a registry, a chart"),
        pytest.param(TOY % "image: 'https://quay.io/a/b:1'", id="an address"),
        pytest.param(TOY % "image: 'quay.io/*'", id="a pattern"),
        pytest.param(TOY % "image: 'm.example.com/quay.io/a/b:1'", id="of another registry"),
        pytest.param(TOY % "image: web, imageURL: 'redis:1', imagePullSecret: b", id="names"),
        pytest.param(MAP % "image: quay.io/a/b", id="data without a tag"),
        pytest.param(CRD % 'description: "quay.io/a/b:1"', id="a description"),
    ],
)
def test_what_stays(text: str) -> None:
    """What is no reference, as it is."""
    rules = f'rules: {{r: {{accept: [finds-nothing, images-left-behind], match: {{kind: "*"}}, images: {MIRROR}}}}}'
    assert output(run_text(rules, text)) == text


def test_short_names() -> None:
    """In fields of custom resources with a tag, and nowhere else."""
    images = '{"docker.io/*": {registry: m.example.com, anywhere: true}}'
    text = TOY % 'image: "redis:7", other: "redis:7", sideImage: redis, a: {args: ["redis:7"]}'
    wanted = text.replace('image: "redis:7"', 'image: "m.example.com/library/redis:7"')
    assert changed(text, images) == wanted


def test_short_names_of_containers() -> None:
    """In custom resources of which nobody knows where their pods are, also without a tag."""
    images = '{"*": {registry: m.example.com, anywhere: true}}'
    text = TOY % "pod: {containers: [{image: redis}], initContainers: [{image: a/b}]}, image: redis"
    wanted = text.replace("[{image: redis", "[{image: m.example.com/library/redis")
    assert changed(text, images) == wanted.replace("a/b", "m.example.com/a/b")


def test_a_glob_for_the_host_is_for_fields_only() -> None:
    """Of what is left a warning tells."""
    images = '{"*": {registry: m.example.com, anywhere: true}}'
    text = TOY % 'image: "quay.io/a/b:1", args: ["quay.io/a/c:1"]'
    rules = f'rules: {{r: {{match: {{kind: "*"}}, images: {images}}}}}'
    done = run_text(rules, text)
    assert output(done) == text.replace("quay.io/a/b", "m.example.com/a/b")
    said = str(done.warnings[0])
    assert "an image of quay.io stays as it is: Toy/toy spec.args[0];" in said
    assert 'add an entry "quay.io/*" above the others' in said


@pytest.mark.parametrize(
    ("field", "is_reached"),
    [
        pytest.param('image: {repository: quay.io/a/b, tag: "1"}', True, id="a tag beside it"),
        pytest.param("image: {repository: quay.io/a/b}", True, id="of an image"),
        pytest.param("images: [quay.io/a/b]", True, id="a list of images"),
        pytest.param("baseImage: quay.io/a/b", True, id="an image without a tag"),
        pytest.param('repository: "quay.io/a/b:1"', True, id="a repository with a tag"),
        pytest.param("repository: quay.io/a/b", False, id="a repository alone"),
        pytest.param('repository: quay.io/a/b, version: "1"', False, id="perhaps of a chart"),
    ],
)
def test_a_repository_of_any_host_must_be_one_of_images(field: str, is_reached: bool) -> None:
    """It may be one of sources, or charts; the warning tells of it."""
    images = '{"*": {registry: m.example.com, anywhere: true}}'
    text = f"{TOY % field}---\n{POD % 'tty: true'}"
    done = run_text(f'rules: {{r: {{match: {{kind: "*"}}, images: {images}}}}}', text)
    wanted = text if is_reached else text.partition("---")[2]
    wanted = wanted.replace("quay.io", "m.example.com")
    assert output(done).endswith(wanted)
    assert bool(done.warnings) != is_reached
    if not is_reached:
        assert 'add an entry "quay.io/*" above the others' in str(done.warnings[0])


@pytest.mark.parametrize(
    ("field", "is_left"),
    [
        pytest.param('image: "quay.io/a/b:1"', True, id="an image"),
        pytest.param("containers: [{image: quay.io/a/b}]", True, id="in a list of containers"),
        pytest.param('image: {repository: quay.io/a/b, tag: "1"}', True, id="a repository"),
        pytest.param("images: [quay.io/a/b]", True, id="a list of images"),
        pytest.param("repository: quay.io/a/b", False, id="a repository alone"),
        pytest.param('image: "redis:7"', False, id="a name without a host"),
        pytest.param('note: "quay.io/a/b:1"', False, id="another field"),
        pytest.param('image: "m.example.com/a/b:1"', False, id="of the new registry"),
    ],
)
@pytest.mark.parametrize("more", ["", '"ghcr.io/*": {registry: m.example.com, anywhere: true}, '])
def test_a_glob_for_all_hosts_leaves_fields_behind(field: str, is_left: bool, more: str) -> None:
    """An entry for all registries without `anywhere`; only fields that are certain count."""
    images = f'{{{more}"*": {{registry: m.example.com}}}}'
    text = f"{POD.replace('quay.io', 'ghcr.io') % 'tty: true'}---\n{TOY % field}"
    done = run_text(f'rules: {{r: {{match: {{kind: "*"}}, images: {images}}}}}', text)
    assert output(done) == text.replace("ghcr.io", "m.example.com")
    said = [str(one) for one in done.warnings]
    assert len(said) == is_left
    assert all("an image of quay.io stay as they are: Toy/toy spec." in one for one in said)
    advice = 'add anywhere: true to "*"' if more else "add anywhere: true (see recipe"
    assert all(advice in one for one in said)


@pytest.mark.parametrize(
    ("match", "is_reached"),
    [
        pytest.param("{kind: CustomResourceDefinition}", True, id="named"),
        pytest.param("{kind: [Toy, CustomResourceDefinition]}", True, id="named in a list"),
        pytest.param('{kind: "*"}', False, id="a glob"),
        pytest.param('{kind: ["*Definition", Toy]}', False, id="a longer glob"),
    ],
)
def test_a_schema(match: str, is_reached: bool) -> None:
    """Only where the rule names the kind, and only its defaults; a warning tells of the others."""
    text = CRD % (
        'default: {image: "quay.io/a/b:1"}, properties: '
        '{image: {default: "quay.io/a/c:1", description: "quay.io/a/d:1", example: "quay.io/a/e:1"}}'
    )
    rules = f"rules: {{r: {{match: {match}, images: {MIRROR}}}}}"
    done = run_text(rules, f"{TOY % 'image: quay.io/a/b'}---\n{text}")
    wanted = text.replace("quay.io/a/b", "m.example.com/a/b").replace(
        "quay.io/a/c", "m.example.com/a/c"
    )
    assert output(done).endswith(wanted if is_reached else text)
    if not is_reached:
        assert "2 images of quay.io" in str(done.warnings[0])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param(POD % 'args: ["a=1,b=quay.io/a/c:1"]', "args[0]", id="within a word"),
        pytest.param(
            POD % 'env: [{name: A, value: "1=quay.io/a/c:1\\n2=quay.io/a/d:1"}]',
            "env[0].value",
            id="a list in a variable",
        ),
        pytest.param(f"{POD % 'tty: true'}---\n{TOY % 'hub: quay.io/a'}", "spec.hub", id="a team"),
        pytest.param(f"{POD % 'tty: true'}---\n{TOY % 'hub: quay.io'}", "spec.hub", id="a host"),
        pytest.param(
            f"{POD % 'tty: true'}---\n{TOY % 'url: oci://quay.io/a/b'}", "spec.url", id="a chart"
        ),
        pytest.param(
            f"{POD % 'tty: true'}---\n{TOY % 'url: https://quay.io/a/b'}", "", id="a web page"
        ),
        pytest.param(
            f"{POD % 'tty: true'}---\n{TOY % 'text: of quay.io or my.quay.io/a'}", "", id="prose"
        ),
        pytest.param(
            (POD % "tty: true").replace(
                "{name: one}", '{name: one, annotations: {x/image: "quay.io/a/c"}}'
            ),
            "metadata.annotations.x/image",
            id="an annotation without a tag",
        ),
        pytest.param(
            (POD % "tty: true").replace(
                "{name: one}", '{name: one, annotations: {x/image: "quay.io/a/c:1"}}'
            ),
            "metadata.annotations.x/image",
            id="an annotation",
        ),
    ],
)
def test_what_is_left_is_said(text: str, place: str) -> None:
    """Once for each place; what was rewritten is not."""
    rules = f'rules: {{r: {{match: {{kind: "*"}}, images: {MIRROR}}}}}'
    done = run_text(rules, text)
    said = [str(one) for one in done.warnings]
    assert len(said) == bool(place)
    assert all(f"{place}; match" in one and "an image of quay.io" in one for one in said)


def test_a_registry_that_is_only_in_texts_is_said() -> None:
    """What the entry names is replaced, also where it is of no pod."""
    images = (
        '{"ghcr.io/*": {registry: m.example.com, anywhere: true}, '
        '"quay.io/*": {registry: m.example.com, anywhere: true}}'
    )
    rules = f'rules: {{r: {{match: {{kind: "*"}}, images: {images}}}}}'
    text = MAP % "x: see quay.io/a/b:1"
    done = run_text(rules, f"{TOY % 'image: ghcr.io/a/b'}---\n{text}")
    assert "an image of quay.io stays as it is: ConfigMap/map data.x" in str(done.warnings[0])


def test_all_registries_of_a_text_are_said() -> None:
    """References and mentions."""
    images = (
        '{"ghcr.io/*": {registry: m.example.com, anywhere: true}, '
        '"quay.io/*": {registry: m.example.com, anywhere: true}}'
    )
    rules = f'rules: {{r: {{match: {{kind: "*"}}, images: {images}}}}}'
    text = MAP % 'x: "quay.io/a, quay.io/a/b:1 and ghcr.io/a"'
    done = run_text(rules, f"{TOY % 'image: ghcr.io/a/b'}---\n{text}")
    assert "an image of ghcr.io and quay.io stay" in str(done.warnings[0])


def test_a_tag_in_another_field() -> None:
    """An entry with a new tag leaves the name of such an image alone, and that is said."""
    images = '{"quay.io/*": {registry: m.example.com, newTag: 2, anywhere: true}}'
    text = TOY % 'image: {repository: quay.io/a/b, tag: "1"}, other: {image: "quay.io/a/c:1"}'
    rules = f'rules: {{r: {{match: {{kind: "*"}}, images: {images}}}}}'
    done = run_text(rules, text)
    assert output(done) == text.replace("quay.io/a/c:1", "m.example.com/a/c:2")
    assert "Toy/toy spec.image.repository;" in str(done.warnings[0])


def test_the_first_entry_decides() -> None:
    """One without `anywhere` keeps an image from those below it."""
    images = '{quay.io/a/b: {newTag: 2}, "quay.io/*": {registry: m.example.com, anywhere: true}}'
    text = POD % 'args: ["quay.io/a/b:1", "quay.io/a/c:1"]'
    wanted = text.replace('image: "quay.io/a/b:1"', 'image: "quay.io/a/b:2"')
    assert changed(text, images) == wanted.replace("quay.io/a/c", "m.example.com/a/c")


def test_nothing_found() -> None:
    """The run fails, also where no object has a pod."""
    rules = f"rules: {{r: {{match: {{kind: Toy}}, images: {MIRROR}}}}}"
    with pytest.raises(ExpectationError, match=r"no image \"quay.io/\*\" in Toy/toy; there: ghcr"):
        run_text(rules, TOY % "image: ghcr.io/a/b")


def test_nothing_found_in_a_schema() -> None:
    """Where only a glob names the kind."""
    rules = f"rules: {{r: {{match: {{kind: '*Definition'}}, images: {MIRROR}}}}}"
    with pytest.raises(ExpectationError, match=r"no image"):
        run_text(rules, CRD % 'default: "quay.io/a/b:1"')


def test_an_entry_without_anywhere_finds_nothing_elsewhere() -> None:
    """Though the rule has another entry with it."""
    rules = (
        "rules: {r: {match: {kind: Toy}, images: "
        f"{{quay.io/a/b: {{newTag: 2}}, {MIRROR.removeprefix('{')}}}}}"
    )
    with pytest.raises(ExpectationError, match=r'no image "quay\.io/a/b" in Toy/toy'):
        run_text(rules, TOY % 'image: "quay.io/a/b:1", sideImage: "quay.io/a/c:1"')


def test_a_kind_without_pods_needs_anywhere() -> None:
    """As before."""
    rules = "rules: {r: {match: {kind: Toy}, images: {'*': {newTag: 2, anywhere: false}}}}"
    with pytest.raises(ExpectationError, match="no pod template in Toy/toy"):
        run_text(rules, TOY % "image: a")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("{anywhere: true}", "it changes nothing", id="nothing else"),
        pytest.param("{newTag: 1, anywhere: often}", "true or false", id="not a flag"),
        pytest.param("{newTag: 1, anywere: true}", 'did you mean "anywhere"', id="mistyped"),
    ],
)
def test_mistakes(value: str, message: str) -> None:
    """What cannot be meant."""
    with pytest.raises(RulesError, match=message):
        run_text(f"rules: {{r: {{match: {{}}, images: {{a: {value}}}}}}}", "")
