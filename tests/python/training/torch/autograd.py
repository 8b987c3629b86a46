"""autograd's engine, which everything that goes backward goes through."""


class _Engine:
    def run_backward(self, work):
        work()

    def queue_callback(self, call):
        return call


class Variable:
    _execution_engine = _Engine()


def backward(work):
    Variable._execution_engine.run_backward(work)
