"""
The first module of the executable: makes modules and files importable, runs kmod-post; or the Argo
CD plugin, if the executable is started by a link that is called kmod-post-argocd.
"""

from __future__ import annotations

import sys
from _frozen_importlib import BuiltinImporter, FrozenImporter


class NestedBuiltins:
    """Finds modules that are linked in and belong to a package, such as yaml._yaml."""

    @staticmethod
    def find_spec(name: str, path: object = None, _target: object = None) -> object:
        """The module's spec. BuiltinImporter itself looks for none in a package."""
        return BuiltinImporter.find_spec(name) if path is not None else None


def resource_reader(name: str) -> object:
    """What importlib.resources asks for the files of a package."""
    from kmod_files import Folder

    return Folder(name.replace(".", "/"))


sys.meta_path.append(NestedBuiltins)
FrozenImporter.get_resource_reader = staticmethod(resource_reader)

if sys.argv[0].rpartition("/")[2] == "kmod-post-argocd":
    from kmod_argocd import main  # postrender/plugins/argocd/kmod-post-argocd
else:
    from postrender.commands.start import console_script as main

main()
