/* The bundle (make bundle): commands with all that they need beside them, on machines that have
 * none of it. */
#ifndef VISUALIZE_FIGURE_BUNDLE_H
#define VISUALIZE_FIGURE_BUNDLE_H

/* Where this program stands in a bundle, fontconfig and PLplot are told of what is in it; elsewhere
 * nothing is done. Before the first use of either. What the environment says (FONTCONFIG_FILE,
 * FONTCONFIG_PATH, PLPLOT_DRV_DIR, PLPLOT_LIB) rules. Not thread-safe; again does nothing. */
void bundle_use(void);

#endif
