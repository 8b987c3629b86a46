from deepspeed.runtime.engine import DeepSpeedEngine, PipelineEngine  # noqa: F401
