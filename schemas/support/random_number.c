#include "schemas/support/random_number.h"

#include <sys/syscall.h>
#include <unistd.h>

bool random_number(uint64_t *number)
{
    /* Not by getrandom(), which glibc has since 2.25: the library is to be loaded by 2.17, too. */
#ifdef SYS_getrandom
    enum { WITHOUT_WAITING = 1 }; /* GRND_NONBLOCK */
    return syscall(SYS_getrandom, number, sizeof *number, WITHOUT_WAITING) == (long)sizeof *number;
#else
    (void)number;
    return false;
#endif
}
