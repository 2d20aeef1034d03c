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

FOR_MODELS = frozenset((
    "diff_based_evolution", "diff_pattern", "max_code_length", "evaluator.use_llm_feedback",
    "evaluator.llm_feedback_weight", "database.novelty_llm", "database.embedding_model",
    "database.embedding_api_base", "database.similarity_threshold",
))  # fmt: skip
"""Keys that speak of a language model, besides all of ``llm`` and ``prompt``."""

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
    "max_tasks_per_child", "evaluator.max_retries", "evaluator.cpu_limit", "evaluator.distributed",
    "evaluator.max_artifact_storage", "database.log_prompts", "database.archive_size",
    "database.elite_selection_ratio", "database.exploration_ratio", "database.exploitation_ratio",
    "database.diversity_metric", "database.feature_bins", "database.diversity_reference_size",
    "database.migration_rate", "database.random_seed", "database.artifacts_base_path",
    "database.artifact_size_threshold", "database.cleanup_old_artifacts", "database.artifact_retention_days",
    "database.max_snapshot_artifacts",
))  # fmt: skip
"""Keys of OpenEvolve that have no counterpart here, besides all of ``evolution_trace``."""

SECTIONS = frozenset(("llm", "prompt", "database", "evaluator", "evolution_trace"))
