class DistributedDataParallel:
    def __init__(self, process_group):
        self.process_group = process_group
