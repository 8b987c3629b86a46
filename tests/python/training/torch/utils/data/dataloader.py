class _BaseDataLoaderIter:
    def __init__(self, batches):
        self._batches = iter(batches)

    def __next__(self):
        return next(self._batches)

    def __iter__(self):
        return self


class DataLoader(list):
    def __iter__(self):
        return _BaseDataLoaderIter(list.__iter__(self))
