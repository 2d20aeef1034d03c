"""What becomes of each key of OpenEvolve's configuration, version 0.4.0."""

from __future__ import annotations

USED = {
    "max_iterations": "the budget of candidates",
    "random_seed": "the seed",
    "evaluator.timeout": "the limit of one evaluation, times the stages that the evaluator has",
    "evaluator.memory_limit_mb": "the limit of memory",
    "evaluator.cascade_evaluation": "whether stages are called",
    "evaluator.cascade_thresholds": "the first two thresholds of the stages",
    "evaluator.parallel_evaluations": "the number of workers",
    "database.num_islands": "islands of the strategy",
    "database.migration_interval": "migrate_every of the strategy",
    "database.population_size": "capacity of each island, its share of the whole",
    "database.feature_dimensions": "measures, where they are metrics of the evaluator",
}
"""Keys that have a meaning here, and which."""

FOR_MODELS = {
    "diff_based_evolution": "form: whole regions where it is false",
    "llm.api_base": "base_url",
    "llm.models": "models, and weights where they are stated",
    "llm.primary_model": "the first of models",
    "llm.primary_model_weight": "its weight",
    "llm.secondary_model": "the second of models",
    "llm.secondary_model_weight": "its weight",
    "llm.temperature": "temperature",
    "llm.top_p": "top_p",
    "llm.max_tokens": "max_tokens",
    "llm.timeout": "deadline",
    "llm.retries": "tries, one more than these",
    "llm.retry_delay": "pause",
    "llm.reasoning_effort": "reasoning_effort",
    "llm.system_message": "system",
    "prompt.system_message": "system",
}
"""Keys that become options of the proposer ``model``, and which."""

NEVER = {"llm.api_key": "a key comes from the environment variable OPENAI_API_KEY alone"}
"""Keys whose values are looked at by nobody, and why."""

HELD_ANYWAY = {
    "language": "programs are Python",
    "file_suffix": "programs are Python",
    "enforce_evolve_blocks": "nothing outside the marks is ever changed",
    "evaluator.enable_artifacts": "artifacts stand in the detail of each verdict",
    "database.in_memory": "every run is kept in its record",
    "database.db_path": "every run is kept in its record",
    "checkpoint_interval": "a killed run goes on where it was",
}
"""Keys that need no setting, and why."""

KNOWN = frozenset((
    "log_level", "log_dir", "early_stopping_patience", "convergence_threshold", "early_stopping_metric",
    "max_tasks_per_child", "diff_pattern", "max_code_length", "evaluator.use_llm_feedback",
    "evaluator.llm_feedback_weight", "database.novelty_llm", "database.embedding_model",
    "database.embedding_api_base", "database.similarity_threshold", "llm.name", "llm.provider",
    "llm.init_client", "llm.weight", "llm.random_seed", "llm.max_budget_usd", "llm.max_ai_credits",
    "llm.allow_all_tools", "llm.manual_mode", "llm._manual_queue_dir", "llm.evaluator_models",
    "prompt.template_dir", "prompt.evaluator_system_message", "prompt.programs_as_changes_description",
    "prompt.system_message_changes_description", "prompt.initial_changes_description",
    "prompt.num_top_programs", "prompt.num_diverse_programs", "prompt.use_template_stochasticity",
    "prompt.template_variations", "prompt.use_meta_prompting", "prompt.meta_prompt_weight",
    "prompt.include_artifacts", "prompt.max_artifact_bytes", "prompt.artifact_security_filter",
    "prompt.suggest_simplification_after_chars", "prompt.include_changes_under_chars",
    "prompt.concise_implementation_max_lines", "prompt.comprehensive_implementation_min_lines",
    "prompt.diff_summary_max_line_len", "prompt.diff_summary_max_lines", "prompt.code_length_threshold",
    "evolution_trace.enabled", "evolution_trace.format", "evolution_trace.include_code",
    "evolution_trace.include_prompts", "evolution_trace.output_path", "evolution_trace.buffer_size",
    "evolution_trace.compress", "evaluator.max_retries", "evaluator.cpu_limit", "evaluator.distributed",
    "evaluator.max_artifact_storage", "database.log_prompts", "database.archive_size",
    "database.elite_selection_ratio", "database.exploration_ratio", "database.exploitation_ratio",
    "database.diversity_metric", "database.feature_bins", "database.diversity_reference_size",
    "database.migration_rate", "database.random_seed", "database.artifacts_base_path",
    "database.artifact_size_threshold", "database.cleanup_old_artifacts", "database.artifact_retention_days",
    "database.max_snapshot_artifacts",
))  # fmt: skip
"""Keys of OpenEvolve that have no counterpart here."""

SECTIONS = frozenset(("llm", "prompt", "database", "evaluator", "evolution_trace"))
