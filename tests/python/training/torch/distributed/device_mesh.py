class DeviceMesh:
    """Sizes and this rank's place, by name."""

    def __init__(self, sizes, places, names):
        self._sizes, self._places, self.mesh_dim_names = sizes, places, names
        self.ndim = len(sizes)

    def size(self, dimension=None):
        total = 1
        for size in self._sizes:
            total *= size
        return total if dimension is None else self._sizes[dimension]

    def get_local_rank(self, name):
        return self._places[self.mesh_dim_names.index(name)]
