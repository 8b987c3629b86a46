"""Tells the session when a backward pass begins and ends."""

from gmtrace._guard import harmless


class _Engine:
    """Stands before autograd's engine: everything that goes backward goes through it, Megatron's
    pipeline schedules too, which pass by torch.autograd.backward."""

    def __init__(self, engine, session):
        self.__dict__.update(_engine=engine, _session=session, _depth=0)

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def __setattr__(self, name, value):
        setattr(self._engine, name, value)

    def run_backward(self, *arguments, **named):
        own = self.__dict__
        if own["_depth"] == 0:  # a backward pass in a backward pass recomputes a layer
            own["_session"].phase("backward")
        own["_depth"] += 1
        try:
            return own["_engine"].run_backward(*arguments, **named)
        finally:
            own["_depth"] -= 1
            if own["_depth"] == 0:
                own["_session"].phase("forward")


@harmless
def watch(session, torch):
    variable = torch.autograd.Variable
    if isinstance(variable._execution_engine, _Engine):
        return
    variable._execution_engine = _Engine(variable._execution_engine, session)
