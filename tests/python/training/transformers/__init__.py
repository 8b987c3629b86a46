from transformers.modeling_utils import PreTrainedModel  # noqa: F401
