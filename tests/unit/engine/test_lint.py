from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from paths import ROOT
from runs import output, rules_in, run_text

from postrender.engine import run as engine
from postrender.engine.changes import by_object
from postrender.engine.lint import WORDS, _redirections, lint

if TYPE_CHECKING:
    from conftest import KmodPost

    from postrender.errors import Message

RENDER = ROOT / "charts" / "example-nginx" / "rendered" / "helm3.yaml"

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: example/web:1.0
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: load}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: load, image: example/load}]
"""
CRON_JOB = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers: [{name: report, image: example/report}]
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: once}
spec:
  restartPolicy: OnFailure
  containers: [{name: once, image: example/once}]
"""
CLUSTER = """
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: ray}
spec:
  headGroupSpec: {template: {spec: {containers: [{name: ray, image: ray}]}}}
  workerGroupSpecs: [{template: {spec: {containers: [{name: ray, image: ray}]}}}]
"""


def everywhere(rules: str) -> str:
    """A rules file of rules in flow style, which are for every workload if they do not say."""
    given = yaml.safe_load(rules)
    return json.dumps({"rules": {name: {"match": {}, **rule} for name, rule in given.items()}})


def warnings(rules: str, stream: str) -> list[str]:
    """The warnings of a run, without rule and object; a second run over the output has none."""
    result = run_text(rules, stream)
    again = run_text(rules, output(result))
    assert again.warnings == []
    assert output(again) == output(result)
    return [str(warning).split(": ", 3)[-1] for warning in of_lint(result)]


def of_lint(result: engine.Result) -> list[Message]:
    """The warnings without those of the checks of the result."""
    return [warning for warning in result.warnings if warning.id != "immutable-field"]


def rule(body: str) -> str:
    """A rules file with one rule, in flow style."""
    return f"rules: {{r: {{{body}, match: {{}}}}}}"


SIDECAR = "sidecars: {proxy: {image: envoy}}"
NATIVE = "sidecars: {proxy: {image: envoy, native: true}}"
HOOK = "containers: {web: {postStart: echo}}"
EMPTY_DIR = "volumes: {web: {emptyDir: {}}}"
OVER_IMAGE = f"containers: {{web: {{mounts: {{/srv/www: web}}}}}}, {EMPTY_DIR}"
SUB_PATH = (
    "containers: {web: {mounts: {/etc/web.conf: {volume: conf, subPath: web.conf}}}}, "
    "volumes: {conf: {configMap: {name: conf}}}"
)
READ_ONLY = "securityContext: {readOnlyRootFilesystem: true}"
HOST = "pod: {hostNetwork: true}, sidecars: {proxy: {image: envoy, ports: [{containerPort: 80}]}}"
WITH_PORT = DEPLOYMENT + "          ports: [{containerPort: 80}]\n"


def words(key: str, *about: str) -> str:
    """A warning without rule and object."""
    return f"{WORDS[key].format(*about)} (warning: {key})"


WORDS_OF = {
    "sidecar": words("sidecar-in-job", "proxy"),
    "native": words("native-sidecar", "proxy"),
    "hook": words("post-start-race", "web"),
    "emptyDir": words("empty-dir-hides-files", "web", "/srv/www", "web"),
    "subPath": words("sub-path-not-updated", "web", "/etc/web.conf", "conf"),
    "writes": words("write-to-read-only", "web", "/srv/www/index.html"),
    "ports": words("host-port-twice", "web and proxy", "80/TCP"),
    "flags": words("flag-near-another", "web", "cpu-reqest", "cpu-request"),
}


@pytest.mark.parametrize(
    ("body", "stream", "found"),
    [
        pytest.param(
            "containers: {web: {args: {$flags: {--cpu-reqest: 2}}}}",
            f"{DEPLOYMENT}          args: [--cpu-request=1]\n",
            ["flags"],
            id="a flag that is almost there",
        ),
        pytest.param(SIDECAR, JOB, ["sidecar"], id="plain sidecar in a Job"),
        pytest.param(SIDECAR, CRON_JOB, ["sidecar"], id="plain sidecar in a CronJob"),
        pytest.param(SIDECAR, POD, ["sidecar"], id="plain sidecar in a pod that completes"),
        pytest.param(
            "merge: {spec: {containers: [{name: proxy, image: envoy}]}}",
            POD,
            ["sidecar"],
            id="plain sidecar by merge",
        ),
        pytest.param(SIDECAR, DEPLOYMENT, [], id="plain sidecar in a Deployment"),
        pytest.param(
            "containers: {load: {image: other}}", JOB, [], id="container of a Job changed"
        ),
        pytest.param(NATIVE, JOB, ["native"], id="native sidecar in a Job"),
        pytest.param(NATIVE, DEPLOYMENT, ["native"], id="native sidecar"),
        pytest.param(
            NATIVE,
            DEPLOYMENT + "      initContainers: [{name: a, image: b, restartPolicy: Always}]\n",
            [],
            id="native sidecar beside one of the chart",
        ),
        pytest.param(
            "initContainers: {proxy: {image: envoy}}", DEPLOYMENT, [], id="init container"
        ),
        pytest.param(HOOK, DEPLOYMENT, ["hook"], id="postStart"),
        pytest.param(
            "containers: {web: {lifecycle: {postStart: {exec: {command: [a]}}}}}",
            DEPLOYMENT,
            ["hook"],
            id="postStart as Kubernetes writes it",
        ),
        pytest.param("containers: {web: {preStop: echo}}", DEPLOYMENT, [], id="preStop"),
        pytest.param(
            "containers: {web: {image: other}}",
            DEPLOYMENT + "          lifecycle: {postStart: {exec: {command: [a]}}}\n",
            [],
            id="postStart of the chart",
        ),
        pytest.param(OVER_IMAGE, DEPLOYMENT, ["emptyDir"], id="emptyDir over the image"),
        pytest.param(
            OVER_IMAGE.replace("/srv/www", "/srv/www/"),
            DEPLOYMENT,
            ["emptyDir"],
            id="emptyDir over the image, with a slash at the end",
        ),
        pytest.param(
            OVER_IMAGE.replace("/srv/www", "/tmp/www"), DEPLOYMENT, [], id="emptyDir in /tmp"
        ),
        pytest.param(
            OVER_IMAGE.replace("emptyDir: {}", "persistentVolumeClaim: {claimName: a}"),
            DEPLOYMENT,
            [],
            id="claim over the image",
        ),
        pytest.param(
            f"sidecars: {{new: {{image: a, mounts: {{/srv/www: web}}}}}}, {EMPTY_DIR}",
            DEPLOYMENT,
            [],
            id="emptyDir in a container of the rule's own",
        ),
        pytest.param(
            OVER_IMAGE.replace("volumes:", "labels: {a: b}, volumes:"),
            DEPLOYMENT
            + "          volumeMounts: [{name: web, mountPath: /srv/www}]\n"
            + "      volumes: [{name: web, emptyDir: {}}]\n",
            [],
            id="emptyDir of the chart",
        ),
        pytest.param(
            OVER_IMAGE.partition(", volumes:")[0],
            DEPLOYMENT + "      volumes: [{name: web}]\n",
            ["emptyDir"],
            id="a volume without a source, which is an emptyDir",
        ),
        pytest.param(SUB_PATH, DEPLOYMENT, ["subPath"], id="subPath of a ConfigMap"),
        pytest.param(
            SUB_PATH.replace("configMap: {name", "secret: {secretName"),
            DEPLOYMENT,
            ["subPath"],
            id="subPath of a Secret",
        ),
        pytest.param(
            SUB_PATH.replace(", subPath: web.conf", ""), DEPLOYMENT, [], id="whole ConfigMap"
        ),
        pytest.param(
            SUB_PATH.replace("configMap: {name: conf}", "hostPath: {path: /a}"),
            DEPLOYMENT,
            [],
            id="subPath of a path of the node",
        ),
        pytest.param(
            "containers: {web: {files: {/etc/web.conf: a}}}",
            DEPLOYMENT,
            [],
            id="files, whose pods are replaced when they change",
        ),
        pytest.param(
            "containers: {once: {files: {/etc/web.conf: a}}}",
            POD,
            [],
            id="files in a pod that nobody replaces: others have another volume, which is refused",
        ),
        pytest.param(
            f"containers: {{web: {{{READ_ONLY}, "
            "command: [sh, -ec, echo a > /srv/www/index.html]}}",
            DEPLOYMENT,
            ["writes"],
            id="script that writes",
        ),
        pytest.param(
            f"containers: {{web: {{{READ_ONLY}, entrypoint: "
            "{script: 'echo a > /srv/www/index.html', original: [web]}}}",
            DEPLOYMENT,
            ["writes"],
            id="entrypoint that writes",
        ),
        pytest.param(
            f"containers: {{web: {{{READ_ONLY}, postStart: 'echo a > /srv/www/index.html'}}}}",
            DEPLOYMENT,
            ["hook", "writes"],
            id="postStart that writes",
        ),
        pytest.param(
            f"containers: {{web: {{{READ_ONLY}}}}}",
            DEPLOYMENT + "          args: [/bin/bash, -c, echo >/srv/www/index.html]\n",
            ["writes"],
            id="script of the chart that can no longer write",
        ),
        pytest.param(
            f"containers: {{web: {{{READ_ONLY}}}}}",
            DEPLOYMENT + "          args: [/bin/mksh, -c, echo >/srv/www/index.html]\n",
            ["writes"],
            id="script of a shell that few images have",
        ),
        pytest.param(
            "containers: {web: {image: other}}",
            DEPLOYMENT + "          args: [sh, -c, echo > /a]\n" + f"          {READ_ONLY}\n",
            [],
            id="script of the chart that never could write",
        ),
        pytest.param(
            f"containers: {{web: {{{READ_ONLY}, mounts: {{/srv: web}}, "
            f"command: [sh, -c, echo a > /srv/www/index.html 2>/dev/null]}}}}, {EMPTY_DIR}",
            DEPLOYMENT,
            [words("empty-dir-hides-files", "web", "/srv", "web")],
            id="script that writes into a mount",
        ),
        pytest.param(
            "containers: {web: {command: [sh, -c, echo a > /srv/www/index.html]}}",
            DEPLOYMENT,
            [],
            id="script that may write",
        ),
        pytest.param(HOST, WITH_PORT, ["ports"], id="clashing ports with hostNetwork"),
        pytest.param(
            "pod: {hostNetwork: true}",
            WITH_PORT + "        - {name: proxy, image: a, ports: [{containerPort: 80}]}\n",
            ["ports"],
            id="clashing ports of the chart, hostNetwork by the rule",
        ),
        pytest.param(
            HOST.replace("containerPort: 80", "containerPort: 80, protocol: UDP"),
            WITH_PORT,
            [],
            id="ports of two protocols",
        ),
        pytest.param(
            HOST.replace("sidecars", "initContainers"),
            WITH_PORT,
            [],
            id="port of an init container",
        ),
        pytest.param(
            HOST.replace("image: envoy", "image: envoy, native: true"),
            WITH_PORT,
            ["native", words("host-port-twice", "proxy and web", "80/TCP")],
            id="port of a native sidecar",
        ),
        pytest.param(
            HOST.replace("hostNetwork: true", "hostPID: true"), WITH_PORT, [], id="no hostNetwork"
        ),
        pytest.param(
            "sidecars: {proxy: {image: envoy, native: true}}",
            CLUSTER,
            ["native"],
            id="two pods of one object, one warning",
        ),
        pytest.param("remove: true", JOB, [], id="removed"),
    ],
)
def test_what_a_rule_brought_is_warned_of(body: str, stream: str, found: list[str]) -> None:
    """Just these warnings, for what the rule brought; none where nothing is odd."""
    expected = [WORDS_OF.get(name, name) for name in found]
    assert sorted(warnings(rule(body), stream)) == sorted(expected)


def test_every_warning_is_tried() -> None:
    """The table above has each kind of warning."""
    tried = {text.rpartition("(warning: ")[2].rstrip(")") for text in WORDS_OF.values()}
    assert tried == WORDS.keys()


def test_a_warning_has_the_form_of_every_message() -> None:
    """Where, which rule, which object and container, what, and what to do."""
    (said,) = run_text(rule(HOOK), DEPLOYMENT).warnings
    assert str(said) == (
        'kmod.yaml:1:9: rule "r": Deployment/web: container web: its postStart hook and its '
        "ENTRYPOINT start together, in no particular order; put what must come first into "
        "entrypoint: or an init container (warning: post-start-race)"
    )


# What rules do together


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        pytest.param(
            "{a: {labels: {x: '1'}}, b: {labels: {x: '2'}}}",
            ["b it changes metadata.labels.x a"],
            id="a label",
        ),
        pytest.param("{a: {labels: {x: '1'}}, b: {labels: {x: '1'}}}", [], id="the same label"),
        pytest.param("{a: {labels: {x: '1'}}, b: {labels: {y: '1'}}}", [], id="two labels"),
        pytest.param(
            "{a: {labels: {x: '1', y: '1'}}, b: {labels: {x: null}}}",
            ["b it changes metadata.labels.x a"],
            id="a label taken away",
        ),
        pytest.param(
            "{a: {labels: {x: '1'}}, b: {labels: {x: '2'}}, c: {labels: {x: '3'}}}",
            ["b it changes metadata.labels.x a", "c it changes metadata.labels.x b"],
            id="three rules",
        ),
        pytest.param(
            "{a: {containers: {web: {imagePullPolicy: Always}}}, "
            "b: {pod: {containers: [{name: web, imagePullPolicy: Never}]}}}",
            ["b container web: it changes imagePullPolicy a"],
            id="a field of a container, by two verbs",
        ),
        pytest.param(
            "{a: {containers: {web: {env: {A: '1', B: '1'}}}}, "
            "b: {containers: {web: {env: {B: '2', C: '2'}}}}}",
            ["b container web: it changes env[B].value a"],
            id="one variable of several",
        ),
        pytest.param(
            "{a: {containers: {web: {ports: [{containerPort: 53, protocol: UDP, name: a}]}}}, "
            "b: {containers: {web: {ports: [{containerPort: 53, protocol: TCP, name: b}]}}}}",
            [],
            id="ports of two protocols",
        ),
        pytest.param(
            "{a: {pod: {hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]}}, "
            "b: {pod: {hostAliases: [{ip: 10.0.0.1, hostnames: [b]}, {ip: 10.0.0.2, hostnames: [b]}]}}}",
            ["b it changes spec.template.spec.hostAliases[10.0.0.1].hostnames a"],
            id="an entry of a list with a key of its own",
        ),
        pytest.param(
            "{a: {containers: {web: {args: [a]}}}, b: {containers: {web: {args: [b]}}}}",
            ["b container web: it changes args a"],
            id="a list of texts",
        ),
        pytest.param(
            "{a: {pod: {tolerations: [{key: a}]}}, b: {pod: {tolerations: [{key: b}]}}}",
            ["b it changes spec.template.spec.tolerations a"],
            id="a list without keys",
        ),
        pytest.param(
            "{a: {volumes: {v: {emptyDir: {}}}, containers: {web: {mounts: {/v: v}}}}, "
            "b: {volumes: {w: {emptyDir: {}}}, containers: {web: {mounts: {/w: w}}}}}",
            [],
            id="entries of the same lists",
        ),
        pytest.param(
            "{a: {images: {'*': {registry: m.io}}}, b: {images: {'*': {newTag: '2'}}}}",
            [],
            id="two parts of an image",
        ),
        pytest.param(
            "{a: {containers: {web: {image: 'x:1'}}}, b: {containers: {web: {image: 'x:2'}}}}",
            ["b container web: it changes image a"],
            id="an image as a whole",
        ),
        pytest.param(
            "{a: {containers: {web: {entrypoint: {script: a, original: [web]}}}}, "
            "b: {containers: {web: {entrypoint: {script: b}}}}}",
            [],
            id="one script before another",
        ),
        pytest.param(
            "{a: {merge: {spec: {replicas: 1}}}, "
            "b: {jsonPatch: [{op: replace, path: /spec/replicas, value: 2}]}}",
            [],
            id="jsonPatch",
        ),
        pytest.param(
            "{a: {labels: {p: '1', q: '1', r: '1', s: '1', t: '1'}}, "
            "b: {labels: {p: '2', q: '2', r: '2', s: '2', t: '2'}}}",
            ["b it changes metadata.labels.p, metadata.labels.q, metadata.labels.r and 2 more a"],
            id="many fields, one warning",
        ),
        pytest.param(
            "{a: {labels: {z: '1', b: '1', y: '1', d: '1'}}, "
            "b: {labels: {z: null, b: null, y: null, d: null}}, "
            "c: {labels: {z: '2', b: '2', y: '2', d: '2'}}}",
            [
                "b it changes metadata.labels.z, metadata.labels.b, metadata.labels.y and 1 more a",
                "c it changes metadata.labels.z, metadata.labels.b, metadata.labels.y and 1 more b",
            ],
            id="new fields in their order",
        ),
    ],
)
def test_two_rules_that_write_one_field(rules: str, found: list[str]) -> None:
    """It is said which rule changes which field that which other rule has set."""
    lead, tail = 'rule "{}": Deployment/web: {}, which rule "{}" has set', "keep one of the two"
    said = [
        str(warning).partition(": ")[2]
        for warning in run_text(everywhere(rules), DEPLOYMENT).warnings
        if "it changes" in warning.text
    ]
    expected = [
        lead.format(name.partition(" ")[0], *name.partition(" ")[2].rsplit(" ", 1))
        + f"; {tail} (warning: rules-conflict)"
        for name in found
    ]
    assert said == expected


RAY = """\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: ray}
spec:
  workerGroupSpecs:
    - {groupName: a, template: {spec: {containers: [{name: ray, image: ray}]}}}
    - {groupName: b, template: {spec: {containers: [{name: ray, image: ray}]}}}
"""


def test_items_without_names_go_by_their_number() -> None:
    """Two rules may change different fields of Ray's groups of workers, but not the same one."""
    rules = (
        "{a: {containers: {ray: {tty: true, env: {A: '1'}}}}, "
        "b: {podLabels: {x: '1'}, containers: {ray: {env: {A: '2'}}}}}"
    )
    said = run_text(everywhere(rules), RAY).warnings
    assert [str(warning).partition("RayCluster/ray: ")[2] for warning in said] == [
        (
            'container ray: it changes env[A].value, which rule "a" has set; keep one of the two '
            "(warning: rules-conflict)"
        )
    ]


def test_a_second_run_of_contradictory_rules_is_silent() -> None:
    """Over their own output the rules change nothing in the end, so there is nothing to warn of."""
    rules = everywhere("{a: {labels: {x: '1'}}, b: {labels: {x: '2'}}}")
    assert len(warnings(rules, DEPLOYMENT)) == 1


def test_a_value_that_is_written_is_not_shown() -> None:
    """It may be a secret."""
    said = run_text(
        "rules: {a: {merge: {stringData: {k: hush}}, match: {kind: Secret}}, "
        "b: {merge: {stringData: {k: quiet}}, match: {kind: Secret}}}",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
    ).warnings
    assert len(said) == 1
    assert "hush" not in str(said[0])
    assert "quiet" not in str(said[0])


def test_what_a_later_rule_changes_is_not_warned_of() -> None:
    """The object as all rules leave it counts."""
    rules = (
        f"rules: {{a: {{match: {{}}, {OVER_IMAGE}}}, "
        "b: {match: {}, volumes: {web: {persistentVolumeClaim: {claimName: a}}}}}"
    )
    assert not [one for one in run_text(rules, DEPLOYMENT).warnings if "hides" in str(one)]


def test_a_warning_names_the_rule_that_brought_it() -> None:
    """The emptyDir is one rule's, the mount over the image the other's; both are needed."""
    rules = (
        "rules: {a: {match: {}, volumes: {web: {emptyDir: {}}}}, "
        "b: {match: {}, containers: {web: {mounts: {/srv/www: web}}}}}"
    )
    (said,) = run_text(rules, DEPLOYMENT).warnings
    assert str(said).startswith('kmod.yaml:1:57: rule "b": ')


def test_warnings_come_in_the_order_of_the_rules() -> None:
    """First those of the first rule, for its objects in the order of the stream."""
    rules = f"rules: {{a: {{{NATIVE}, match: {{}}}}, b: {{match: {{name: web}}, {HOOK}}}}}"
    said = of_lint(run_text(rules, f"{DEPLOYMENT}---{JOB}"))
    assert [str(one).split(": ")[1:3] for one in said] == [
        ['rule "a"', "Deployment/web"],
        ['rule "a"', "Job/load"],
        ['rule "b"', "Deployment/web"],
    ]


# Scripts


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        pytest.param("echo a > /a", ["/a"], id="redirection"),
        pytest.param("echo a >> /a/b.txt; x", ["/a/b.txt"], id="appending"),
        pytest.param("echo a >/a", ["/a"], id="without a space"),
        pytest.param("> /a", ["/a"], id="alone"),
        pytest.param("x 2> /err 1>| /out", ["/err", "/out"], id="numbers"),
        pytest.param("x &> /both", ["/both"], id="both"),
        pytest.param("echo a > \"/a b\"\necho b > '/c'", ["/a b", "/c"], id="quoted paths"),
        pytest.param("(x > /a) && y > /b | z", ["/a", "/b"], id="signs beside"),
        pytest.param("cat > /a <<EOF\n> /b\nEOF\nx > /c", ["/a", "/c"], id="here document"),
        pytest.param("cat <<-'EOF' > /a\n\techo > /b\n\tEOF\n", ["/a"], id="quoted here document"),
        pytest.param("echo 'a > /a'", [], id="in single quotes"),
        pytest.param('echo "a > /a \\" > /b"', [], id="in double quotes"),
        pytest.param("# it's > /a\nx > /b", ["/b"], id="in a comment"),
        pytest.param("echo it\\'s > /a", ["/a"], id="escaped quote"),
        pytest.param("echo a > $HOME/a", [], id="variable"),
        pytest.param("echo a > /$NAME", [], id="variable in the path"),
        pytest.param("echo a > b", [], id="relative"),
        pytest.param("x 2>&1", [], id="descriptor"),
        pytest.param("x < /a", [], id="input"),
        pytest.param("echo '<a>/b</a>'", [], id="markup"),
        pytest.param("[ $a -> /b ]", [], id="an arrow"),
    ],
)
def test_redirections_are_seen_where_they_are_plain(script: str, paths: list[str]) -> None:
    """Only what is no doubt a redirection to an absolute path."""
    assert _redirections(script) == paths


# --strict


@pytest.fixture
def hook(tmp_path: Path) -> Path:
    """A rules file that is warned of on the example chart."""
    file = tmp_path / "kmod.yaml"
    file.write_text("rules: {r: {containers: {nginx: {postStart: echo}}, match: {}}}\n")
    return file


def test_strict_makes_warnings_errors(kmod_post: KmodPost, hook: Path) -> None:
    """With --strict the run fails, the warnings are the messages, nothing is printed."""
    lenient = kmod_post("-f", hook, stdin=RENDER.read_bytes())
    strict = kmod_post("-f", hook, "--strict", stdin=RENDER.read_bytes())
    quiet = kmod_post("-f", hook, "--strict", "-q", stdin=RENDER.read_bytes())

    assert lenient.returncode == 0
    assert lenient.stdout != b""
    assert b"postStart" in lenient.stderr
    assert (strict.returncode, strict.stdout) == (1, b"")
    assert strict.stderr == lenient.stderr.replace(
        b"(warning: post-start-race)", b"(warning: post-start-race, an error with --strict)"
    )
    assert quiet.stderr == strict.stderr


def test_strict_without_warnings_is_as_without(kmod_post: KmodPost, hook: Path) -> None:
    """Over its own output, where nothing is to be changed, nothing is to be warned of."""
    output = kmod_post("-f", hook, stdin=RENDER.read_bytes()).stdout
    done = kmod_post("-f", hook, "--strict", stdin=output)
    assert (done.returncode, done.stdout, done.stderr) == (0, output, b"")


def test_it_is_loaded_only_where_something_has_changed(tmp_path: Path) -> None:
    """A run that changes nothing does not pay for it."""
    file = tmp_path / "kmod.yaml"
    file.write_text("rules: {r: {match: {name: other}, expect: any, labels: {a: b}}}\n")
    code = (
        "import sys; from postrender.commands.main import main; "
        "main(sys.argv[1:]); print('postrender.engine.lint' in sys.modules, file=sys.stderr)"
    )
    for name, loaded in (("other", b"False"), ("example-nginx", b"True")):
        file.write_text(file.read_text().replace("other", name))
        done = subprocess.run(
            [sys.executable, "-c", code, "-f", file],
            input=RENDER.read_bytes(),
            capture_output=True,
            check=True,
        )
        assert done.stderr.split()[-1] == loaded


# Charts

KEYS = [
    *("name", "command", "args", "ports", "volumeMounts", "lifecycle", "securityContext"),
    *("postStart", "exec", "readOnlyRootFilesystem", "hostNetwork", "volumes", "initContainers"),
    *("restartPolicy", "emptyDir", "mountPath", "subPath", "containerPort", "configMap"),
]
SCALARS = st.sampled_from([None, True, 5, "web", "/a", "sh", "-c", "echo > /a"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


@given(st.lists(VALUES, min_size=2, max_size=3))
def test_whatever_a_chart_has_in_a_pod_is_no_bug(values: list[Any]) -> None:
    """No shape of a pod's fields makes more than warnings of it."""
    rules = rules_in(f"rules: {{a: {{{SIDECAR}, match: {{}}}}}}").rules
    objects = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web"},
            "spec": {**(value if isinstance(value, dict) else {}), "containers": [value]},
        }
        for value in values
    ]
    steps = [
        engine.Step(rules[0], 1, before, after, {}, [])
        for before, after in itertools.pairwise(objects)
    ]
    for warning in lint(by_object(steps), {}):
        assert str(warning).startswith('kmod.yaml:1:9: rule "a": Pod/web: ')
