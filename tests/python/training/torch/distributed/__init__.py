"""A world whose rank and size a test sets."""

rank = size = None


def is_available():
    return True


def is_initialized():
    return rank is not None


def get_rank():
    return rank


def get_world_size(group=None):
    return size if group is None else group
