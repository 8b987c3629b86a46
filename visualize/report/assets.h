/* Files that are parts of every report's page, built into the program. Each ends with a zero. */
#ifndef VISUALIZE_REPORT_ASSETS_H
#define VISUALIZE_REPORT_ASSETS_H

extern const char asset_page_css[], asset_page_js[], asset_snapshots_js[];
extern const char asset_dygraphs_css[], asset_dygraphs_js[], asset_dygraphs_license[];

#endif
