"""The runner that the other tests here trust: it must do what GitHub's does."""

from pathlib import Path

import pytest
from tests.actions.expressions import Scope, evaluate, fill, holds
from tests.actions.runner import Command, Run, Runner

CONTEXTS = {
    "inputs": {"name": "x", "empty": ""},
    "github": {"ref": "Main"},
    "steps": {"one": {"outputs": {"a-b": "1"}}},
}
SCOPE = Scope(CONTEXTS)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    for name in ("workspace", "temporary"):
        (tmp_path / name).mkdir()
    return Runner(
        tmp_path / "workspace", tmp_path / "temporary", {"ref": "main"}, {"them/theirs": lambda inputs: inputs}
    )


def play(runner: Runner, steps: str, head: str = "", inputs: dict[str, str] | None = None) -> Run:
    """Run steps, each `- …`, as a composite action with bash."""
    folder = runner.workspace.parent / "action"
    folder.mkdir(exist_ok=True)
    lines = "".join(f"    {line}\n" for line in steps.strip().splitlines())
    (folder / "action.yml").write_text(f"name: test\n{head}\nruns:\n  using: composite\n  steps:\n{lines}")
    return runner.action(folder, inputs)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("inputs.name", "x"),
        ("inputs['name']", "x"),
        ("inputs.nothing", None),
        ("inputs.nothing.more", None),
        ("steps.one.outputs.a-b", "1"),
        ("github.ref == 'main'", True),
        ("github.ref != 'main'", False),
        ("steps.one.outputs.a-b == 1", True),
        ("inputs.empty == null", True),
        ("'it''s'", "it's"),
        ("inputs.empty || 'else'", "else"),
        ("inputs.name && 'then' || 'else'", "then"),
        ("!(true && false)", True),
        ("format('{0}/{1}', inputs.name, 2)", "x/2"),
        ("contains(github.ref, 'AI')", True),
        ("startsWith(github.ref, 'ma')", True),
        ("-1.5", -1.5),
    ],
)
def test_expression_has_the_value_that_github_gives_it(expression: str, value: object) -> None:
    assert evaluate(expression, SCOPE) == value


@pytest.mark.parametrize(
    "expression", ["", "inputs.", "a b", "unknown.x", "(true", "inputs.name inputs.name", "#", "=="]
)
def test_what_is_no_expression_is_an_error(expression: str) -> None:
    with pytest.raises((SyntaxError, IndexError)):
        evaluate(expression, SCOPE)


def test_text_is_filled_once_so_that_a_value_cannot_be_an_expression() -> None:
    scope = Scope({"inputs": {"a": "${{ inputs.b }}", "b": "secret", "yes": True}})
    assert fill("<${{ inputs.a }}> ${{inputs.none}} ${{ inputs.yes }}", scope) == "<${{ inputs.b }}>  true"


@pytest.mark.parametrize(
    ("condition", "after_success", "after_failure"),
    [
        (None, True, False),
        ("always()", True, True),
        ("failure()", False, True),
        ("success()", True, False),
        ("inputs.name == 'x'", True, False),
        ("${{ always() && inputs.name == 'x' }}", True, True),
        ("inputs.empty", False, False),
        (False, False, False),
    ],
)
def test_step_runs_when_its_condition_holds(condition: object, after_success: bool, after_failure: bool) -> None:
    assert holds(condition, SCOPE) is after_success
    assert holds(condition, Scope(CONTEXTS, failed=True)) is after_failure


def test_outputs_go_from_step_to_step_and_out(runner: Runner) -> None:
    head = "outputs: {all: {value: '${{ steps.two.outputs.text }}!'}}"
    steps = """
- {id: one, shell: bash, run: 'echo "name=a=b" >> "$GITHUB_OUTPUT"'}
- id: two
  shell: bash
  env: {NAME: '${{ steps.one.outputs.name }}'}
  run: printf 'text<<END\\n%s\\nsecond\\nEND\\n' "$NAME" >> "$GITHUB_OUTPUT"
"""
    assert play(runner, steps, head).outputs == {"all": "a=b\nsecond!"}


def test_variables_and_summary_are_kept_for_later_steps(runner: Runner) -> None:
    steps = """
- {shell: bash, run: 'echo "LATER=here" >> "$GITHUB_ENV"; echo one >> "$GITHUB_STEP_SUMMARY"'}
- {shell: bash, run: 'echo "$LATER" >> "$GITHUB_STEP_SUMMARY"'}
"""
    assert play(runner, steps).summary == "one\nhere\n"


def test_failed_step_stops_all_but_those_that_always_run(runner: Runner) -> None:
    steps = """
- {id: bad, shell: bash, run: 'exit 3'}
- {id: next, shell: bash, run: 'echo next'}
- {id: last, shell: bash, if: 'always()', run: 'echo last'}
- {id: told, shell: bash, if: 'failure()', run: 'echo told'}
"""
    run = play(runner, steps)
    assert not run.passed
    assert run.log == "last\ntold\n"
    assert {name: step["outcome"] for name, step in run.steps.items()} == {
        "bad": "failure",
        "next": "skipped",
        "last": "success",
        "told": "success",
    }


def test_bash_of_an_action_stops_at_the_first_error_of_a_pipe(runner: Runner) -> None:
    assert not play(runner, "- {shell: bash, run: 'false | true\\necho on'}").passed


def test_defaults_of_inputs_may_be_expressions(runner: Runner) -> None:
    head = "inputs: {ref: {default: '${{ github.ref }}'}, given: {default: no}, other: {}}"
    env = "{ALL: '${{ inputs.ref }} ${{ inputs.given }} ${{ inputs.other }}.'}"
    steps = f"- {{shell: bash, run: 'echo \"$ALL\"', env: {env}}}"
    assert play(runner, steps, head, {"given": "yes"}).log == "main yes .\n"


def test_unknown_and_missing_inputs_are_errors(runner: Runner) -> None:
    with pytest.raises(AssertionError, match="unknown inputs"):
        play(runner, "- {shell: bash, run: ''}", inputs={"b": ""})
    with pytest.raises(AssertionError, match="missing inputs"):
        play(runner, "- {shell: bash, run: ''}", "inputs: {a: {required: true}}")


def test_step_of_an_action_without_a_shell_is_an_error(runner: Runner) -> None:
    with pytest.raises(AssertionError, match="needs `shell`"):
        play(runner, "- {run: 'true'}")


def test_actions_of_others_are_stand_ins(runner: Runner) -> None:
    head = "outputs: {got: {value: '${{ steps.them.outputs.a }}'}}"
    assert play(runner, "- {id: them, uses: them/theirs@0123, with: {a: '${{ github.ref }}'}}", head).outputs == {
        "got": "main"
    }


def test_workflow_commands_are_obeyed_until_they_are_stopped(runner: Runner) -> None:
    lines = [
        "::warning::a",
        "::stop-commands::x",
        "::warning::b",
        "::set-output name=a::1",
        "::x::",
        "::error file=f::c",
    ]
    run = play(runner, "- {shell: bash, run: \"printf '%s\\\\n' " + " ".join(f"'{line}'" for line in lines) + '"}')
    assert run.commands == [Command("warning", "a"), Command("error", "c")]


def test_job_runs_its_steps_in_the_repository_and_uses_actions_of_it(runner: Runner) -> None:
    (runner.workspace / "own").mkdir()
    (runner.workspace / "own" / "action.yml").write_text(
        "name: own\ninputs: {a: {}}\noutputs: {b: {value: '${{ inputs.a }}${{ inputs.a }}'}}\n"
        "runs: {using: composite, steps: [{shell: bash, run: 'pwd; echo \"$GITHUB_ACTION_PATH $TOP\"'}]}\n"
    )
    workflow = runner.workspace / "workflow.yml"
    workflow.write_text(
        "on: push\nenv: {TOP: '1'}\njobs:\n  all:\n    runs-on: x\n    env: {JOB: '${{ matrix.a }}'}\n    steps:\n"
        "    - {id: own, uses: ./own, with: {a: '${{ matrix.a }}'}}\n"
        "    - {run: 'echo \"$JOB ${{ steps.own.outputs.b }} ${PWD##*/}\"', working-directory: own}\n"
    )
    run = runner.job(workflow, "all", matrix={"a": "2"})
    assert run.log == f"{runner.workspace}\n{runner.workspace}/own 1\n2 22 own\n"
