"""What OpenEvolve's configuration says of models, and every option that its version 0.4.0 documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from provolve.errors import UsageError
from provolve.task.openevolve import Config, read_config

DOCUMENTED = {
    "": "max_iterations checkpoint_interval log_level log_dir random_seed language file_suffix "
    "diff_based_evolution max_code_length enforce_evolve_blocks diff_pattern early_stopping_patience "
    "convergence_threshold early_stopping_metric max_tasks_per_child",
    "llm": "api_base api_key name provider init_client weight system_message temperature top_p max_tokens "
    "timeout retries retry_delay random_seed reasoning_effort max_budget_usd max_ai_credits allow_all_tools "
    "manual_mode models evaluator_models primary_model primary_model_weight secondary_model "
    "secondary_model_weight",
    "prompt": "template_dir system_message evaluator_system_message programs_as_changes_description "
    "system_message_changes_description initial_changes_description num_top_programs num_diverse_programs "
    "use_template_stochasticity template_variations use_meta_prompting meta_prompt_weight include_artifacts "
    "max_artifact_bytes artifact_security_filter suggest_simplification_after_chars "
    "include_changes_under_chars concise_implementation_max_lines comprehensive_implementation_min_lines "
    "diff_summary_max_line_len diff_summary_max_lines code_length_threshold",
    "database": "db_path in_memory log_prompts population_size archive_size num_islands "
    "elite_selection_ratio exploration_ratio exploitation_ratio diversity_metric feature_dimensions "
    "feature_bins diversity_reference_size migration_interval migration_rate random_seed artifacts_base_path "
    "artifact_size_threshold cleanup_old_artifacts artifact_retention_days max_snapshot_artifacts "
    "novelty_llm embedding_model embedding_api_base similarity_threshold",
    "evaluator": "timeout max_retries memory_limit_mb cpu_limit cascade_evaluation cascade_thresholds "
    "parallel_evaluations distributed use_llm_feedback llm_feedback_weight enable_artifacts "
    "max_artifact_storage",
    "evolution_trace": "enabled format include_code include_prompts output_path buffer_size compress",
}
"""Every option of the documented sections, by hand from the documentation of 0.4.0."""
PLACES = [f"{section}.{name}".lstrip(".") for section, names in DOCUMENTED.items() for name in names.split()]
OF_ITS_KIND = {
    "language": "python",
    "file_suffix": ".py",
    "llm.models": "[{name: a}]",
    "llm.temperature": "0.5",
    "llm.top_p": "0.9",
    "database.feature_dimensions": "[complexity]",
    "evaluator.cascade_thresholds": "[0.5]",
    "evaluator.cascade_evaluation": "true",
}


def config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return read_config(path)


def yaml(place: str, value: str) -> str:
    section, _, name = place.rpartition(".")
    return f"{section}:\n  {name}: {value}\n" if section else f"{name}: {value}\n"


def test_there_are_as_many_options_as_openevolve_documents() -> None:
    assert len(PLACES) == len(set(PLACES)) == 106


@pytest.mark.parametrize("place", PLACES)
def test_each_documented_option_is_mapped_or_listed_once(tmp_path: Path, place: str) -> None:
    text = "words" if place in ("llm.primary_model", "llm.secondary_model") else OF_ITS_KIND.get(place, "3")
    if place.endswith(("system_message", "api_base", "reasoning_effort")):
        text = "words"
    use = config(tmp_path, yaml(place, text)).use
    assert use.unknown == ()
    told = [*use.used, *use.for_models, *use.refused, *use.held, *use.unused]
    assert [line.partition(" ")[0] for line in told] == [place]


MODELS = """\
diff_based_evolution: false
llm:
  api_base: http://localhost:8000/v1/
  api_key: sk-thekeythatnobodymaysee
  models:
    - {name: small, weight: 0.8, temperature: 0.2, api_key: sk-anotherthatnobodymaysee}
    - {name: large, weight: 0.2, temperature: 0.9}
  temperature: 0.7
  top_p: 0.95
  max_tokens: 2000
  timeout: 45
  retries: 2
  retry_delay: 3
  reasoning_effort: low
prompt:
  system_message: You are careful.
"""


def test_the_section_on_models_becomes_the_options_of_the_proposer(tmp_path: Path) -> None:
    read = config(tmp_path, MODELS)
    assert read.model == {
        "base_url": "http://localhost:8000/v1/",
        "models": ["small", "large"],
        "weights": [0.8, 0.2],
        "temperature": 0.7,
        "top_p": 0.95,
        "max_tokens": 2000,
        "deadline": 45,
        "tries": 3,
        "pause": 3,
        "reasoning_effort": "low",
        "system": "You are careful.",
        "form": "region",
    }
    assert read.use.unused == ("llm.models.temperature",)


def test_a_key_is_named_refused_and_nowhere(tmp_path: Path) -> None:
    read = config(tmp_path, MODELS)
    told = "\n".join(read.use.lines())
    assert "never taken, and stored nowhere: llm.api_key" in told
    assert "OPENAI_API_KEY" in told
    assert "llm.models.api_key" in told
    assert "nobodymaysee" not in told + repr(read)


def test_what_all_models_say_holds_and_openai_is_the_default_address(tmp_path: Path) -> None:
    text = (
        "llm: {api_base: 'https://api.openai.com/v1', models: [{name: a, top_p: 0.5}, {name: b, top_p: 0.5}]}"
    )
    assert config(tmp_path, text).model == {"models": ["a", "b"], "top_p": 0.5}


def test_a_first_and_a_second_model_have_openevolves_weights(tmp_path: Path) -> None:
    both = config(tmp_path, "llm: {primary_model: a, secondary_model: b}").model
    assert both == {"models": ["a", "b"], "weights": [1.0, 0.2]}
    without = config(tmp_path, "llm: {primary_model: a, secondary_model: b, secondary_model_weight: 0}").model
    assert without == {"models": ["a"]}
    assert config(tmp_path, "prompt: {system_message: system_message}").model == {}


@pytest.mark.parametrize(
    "text",
    [
        "llm: {temperature: hot}",
        "llm: {top_p: 1.5}",
        "llm: {max_tokens: 0}",
        "llm: {retries: -1}",
        "llm: {models: [a, b]}",
        "llm: {models: [{weight: 1}]}",
        "llm: {models: [{name: a, weight: .inf}]}",
        "llm: {models: {name: a}}",
        "llm: {api_base: 3}",
        "prompt: {system_message: [a]}",
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"config\.yaml: (llm|prompt)\."):
        config(tmp_path, text)
