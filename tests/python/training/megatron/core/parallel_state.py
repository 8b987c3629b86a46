"""Groups as megatron.core.parallel_state has them, of sizes and a place that a test sets."""

sizes, ranks = {}, {}


def model_parallel_is_initialized():
    return bool(sizes)


def _size(name):
    assert name in sizes, name + " group is not initialized"
    return sizes[name]


def get_tensor_model_parallel_world_size():
    return _size("tp")


def get_pipeline_model_parallel_world_size():
    return _size("pp")


def get_context_parallel_world_size():
    return _size("cp")


def get_expert_model_parallel_world_size():
    return _size("ep")


def get_expert_tensor_parallel_world_size():
    return _size("etp")


def get_virtual_pipeline_model_parallel_world_size():
    return sizes.get("vpp")


def get_tensor_model_parallel_rank():
    return ranks["tp"]


def get_pipeline_model_parallel_rank():
    return ranks["pp"]


def get_context_parallel_rank():
    return ranks["cp"]


def get_data_parallel_rank():
    return ranks["dp"]


def get_expert_model_parallel_rank():
    return ranks["ep"]
