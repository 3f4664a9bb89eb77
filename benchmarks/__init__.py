"""Measurements with one command each, and the record of what they gave. Not part of the installed program.

    python -m benchmarks.movielens       fetches MovieLens-100K, which may not be passed on
    python -m benchmarks.studies NAME    trains a public data set with several seeds, beside its baselines
    python -m benchmarks.recipe          a fine-tuned classifier per task against one model for all tasks
    python -m benchmarks.large_table     ten million rows: seconds and memory
    python -m benchmarks.dashboard       how fast the pages are with many runs, beside TensorBoard and MLflow
    python -m benchmarks.robustness NAME plain and adversarial training, measured on attacked texts
    python -m benchmarks.mmoe_synthetic  sharing structures on tasks that grow apart, for docs/methods.md
    python -m benchmarks.method_cost     what a step costs with each weighting and aggregation
    python -m benchmarks.methods         docs/methods.md from the tables of choices and these records
    python -m benchmarks.report          docs/benchmarks.md from the records in benchmarks/results

Data sets come from MTREC_REAL_DATA (default: shared/data beside the project).
"""
