"""Limits of Argo CD, and what a user sees at them."""

from __future__ import annotations

import json, time
from typing import TYPE_CHECKING

import pytest
from hosts.argocd import APPLICATION

pytestmark = pytest.mark.e2e

def test_explore(start, repository, room, tmp_path):
    import sys
    room.start(sys.executable,"-c","import socket,time; s=socket.create_server(('127.0.0.1',8880)); time.sleep(900)")
    app = repository/"apps"/"slow"; app.mkdir()
    (app/"kmod.yaml").write_text("rules: {}\n")
    (app/"Chart.yaml").write_text(json.dumps({"apiVersion":"v2","name":"slow","version":"0.1.0","dependencies":[{"name":"library","version":"1.2.3","repository":"http://127.0.0.1:8880/x"}]}))
    big = repository/"apps"/"big"; (big/"templates").mkdir(parents=True)
    (big/"kmod.yaml").write_text("rules: {}\n")
    (big/"Chart.yaml").write_text("apiVersion: v2\nname: big\nversion: 0.1.0\n")
    (big/"templates"/"m.yaml").write_text('{{ range until (.Values.count | int) }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m-{{ . }}}\ndata: {text: {{ repeat 1000000 "x" }}}\n{{ end }}\n')
    loop = repository/"apps"/"loop"; (loop/"templates").mkdir(parents=True)
    (loop/"kmod.yaml").write_text("rules: {}\n")
    (loop/"Chart.yaml").write_text("apiVersion: v2\nname: loop\nversion: 0.1.0\n")
    (loop/"templates"/"m.yaml").write_text('{{ range until 30000 }}{{ range until 30000 }}{{ end }}{{ end }}')
    def tell(title, done):
        print("==", title, done.returncode, repr(done.stderr[:600]), len(done.stdout))
    with start() as server:
        for path in ("apps/slow","apps/loop"):
            t=time.time()
            tell(path, server.ask("generate", repository, path, APPLICATION, seconds=4))
            print(time.time()-t)
            for wait in (0,3,4):
                time.sleep(wait)
                print(wait, server.run("find","/tmp","-mindepth","2").stdout)
                print(server.run("sh","-c","for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done").stdout)
        for count in (50, 98, 101, 110):
            t=time.time()
            tell(f"{count} MB", server.ask("generate", repository, "apps/big", {**APPLICATION,"PARAM_SET_VALUES_0":f"count={count}"}))
            print(time.time()-t)
        for size in (100_000, 140_000):
            tell(f"parameter {size}", server.ask("generate", repository, "apps/web", {**APPLICATION,"PARAM_SET_RULES_0":"rules.prepare-webpage.annotations.x="+"y"*size}))
        tell(f"apis", server.ask("generate", repository, "apps/web", {**APPLICATION,"KUBE_API_VERSIONS":"v1,"+"example.com/v1/Kind,"*6000}))
        tell(f"apis", server.ask("generate", repository, "apps/web", {**APPLICATION,"KUBE_API_VERSIONS":"v1,"+"example.com/v1/Kind,"*7000}))
        print(server.log()[-3000:])

@pytest.mark.parametrize("memory",["64Mi","128Mi","256Mi"])
def test_memory(start, repository, memory):
    with start(memory=memory) as server:
        for n in 1,10,50:
            got=server.load(n,repository,"apps/web",APPLICATION)
            print(memory,n,got.seconds,got.cpu/n,got.memory/2**20,[a.error for a in got.answers if a.error][:2], sum(bool(a.error) for a in got.answers))
