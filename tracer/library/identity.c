#include "tracer/library/identity.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

/* A launcher's variables. The first launcher whose rank variable makes sense is believed, in all
 * that it says: torchrun under Slurm sets its own beside Slurm's. */
static const struct {
    const char *rank, *local_rank, *world_size;
} LAUNCHERS[] = {
    {"RANK", "LOCAL_RANK", "WORLD_SIZE"}, /* torchrun */
    {"SLURM_PROCID", "SLURM_LOCALID", "SLURM_NTASKS"},
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"PMI_RANK", "MPI_LOCALRANKID", "PMI_SIZE"}, /* MPICH, Intel MPI */
};

static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    if (!text || *text < '0' || *text > '9')
        return -1;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' ? value : -1;
}

struct identity identity_find(void)
{
    for (size_t i = 0; i < sizeof LAUNCHERS / sizeof *LAUNCHERS; i++) {
        int64_t rank = number_of(LAUNCHERS[i].rank);
        if (rank < 0)
            continue;
        int64_t world_size = number_of(LAUNCHERS[i].world_size);
        return (struct identity){.rank = rank,
                                 .local_rank = number_of(LAUNCHERS[i].local_rank),
                                 .world_size = world_size > rank ? world_size : -1};
    }
    return (struct identity){-1, -1, -1};
}
