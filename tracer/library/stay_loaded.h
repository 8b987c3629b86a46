/* For what outlives gmt_stop and must find this code where it was: a thread that is left behind, a
 * signal's handler that another one may call. */
#ifndef TRACER_LIBRARY_STAY_LOADED_H
#define TRACER_LIBRARY_STAY_LOADED_H

/* From now on dlclose does not take the library out of memory. */
void stay_loaded(void);

#endif
