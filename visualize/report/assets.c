#include "visualize/report/assets.h"

/* The library's folder, from the Makefile. */
#ifndef DYGRAPHS
#define DYGRAPHS "/usr/share/javascript/dygraphs"
#endif

#define ASSET(name, path)                                                                          \
    __asm__(".pushsection .rodata\n.global " #name "\n" #name ":\n.incbin \"" path                 \
            "\"\n.byte 0\n.popsection\n")

ASSET(asset_page_css, "visualize/report/page.css");
ASSET(asset_page_js, "visualize/report/page.js");
ASSET(asset_snapshots_js, "visualize/report/snapshots.js");
ASSET(asset_dygraphs_css, DYGRAPHS "/dygraph.min.css");
ASSET(asset_dygraphs_js, DYGRAPHS "/dygraph.min.js");
ASSET(asset_dygraphs_license, "visualize/report/dygraphs-license.txt");
