"""The pydantic models on the pipeline's arrows: submission, protocol, artifacts, evidence, verdict, report. Nothing else."""
