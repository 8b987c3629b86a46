from accelerate import state  # noqa: F401
