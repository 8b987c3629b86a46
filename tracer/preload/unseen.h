/* What is said at the end of a process in which nothing was traced. */
#ifndef TRACER_PRELOAD_UNSEEN_H
#define TRACER_PRELOAD_UNSEEN_H

/* Stands before the loader's, which it calls: the one moment to see that the process has used CUDA,
 * where the runtime gives the driver's library back before the process ends. */
int dlclose(void *library);

#endif
