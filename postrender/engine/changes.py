"""What rules did, as the engine writes it down and lint and the reports read it."""

from __future__ import annotations

from collections import namedtuple

# What one rule did to one object. `before` is None for an object that the rule brought in, `after`
# for one that it took out; `rule` is empty for what `resources:` brings. `home` is the document and
# the path in it.
Change = namedtuple("Change", "rule identity before after home")

# The same for what the rules found in the stream: the rule, the document and the path in it, the
# object before and after, the generated files and the warnings of the verbs.
Step = namedtuple("Step", "rule home before after files warnings")
