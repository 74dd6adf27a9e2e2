"""Which files of the repository a component's code is made of, beside those in its own folder."""

from gitmlops.adapters import python_source
from gitmlops.definitions import Tree
from gitmlops.pipelines.contracts.library import Contract


def files(tree: Tree, contract: Contract) -> tuple[str, ...]:
    """Paths of the entry module and of all that it imports within the repository, sorted; nothing is imported.

    Nothing for the library's components and for commands; another repository's has all of its code in its folder.
    """
    if not contract.folder or contract.source:
        return ()
    module = contract.spec.entry.partition(":")[0]
    return python_source.closure(tree, module, folders=(contract.folder, ""))
