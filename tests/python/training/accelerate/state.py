class AcceleratorState:
    _shared_state = {}
