import subprocess
import sys

import pytest

from gitmlops.pipelines.contracts.library import LIBRARY_FOLDER, library


@pytest.mark.parametrize("contract", library(), ids=lambda contract: contract.spec.name)
def test_every_component_of_the_library_is_what_its_contract_says(contract) -> None:  # type: ignore[no-untyped-def]
    module, _, function = contract.spec.entry.partition(":")
    file = LIBRARY_FOLDER / contract.spec.name / f"{module}.py"
    assert f"def {function}(" in file.read_text()
    assert contract.uses == f"gitmlops/{contract.spec.name}@v1"
    assert not set(contract.spec.inputs) & set(contract.spec.params)


def test_contracts_are_read_without_the_components_code() -> None:
    code = (
        "import sys; from gitmlops.pipelines.contracts.library import library; "
        "print(*(contract.spec.name for contract in library()));"
        "print([name for name in sys.modules if name.startswith(('gitmlops.components', 'pandas', 'sklearn', 'dvc'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "clean evaluate features package score split train tune validate\n[]\n"
