"""
Rules from what people have: kustomizations, Flux HelmReleases, helmfiles, Argo CD Applications.

A source is read into *steps* (`model.Step`), in the order in which kustomize does them. `reference`
does a step on plain objects, as kustomize would. `drafts` writes a step as rules, in several ways
from the most readable to the most literal, and `choice` takes the first whose result is the
reference's. `writing` prints the rules, `proof` compares everything once more, with kustomize too.
"""
