#include "visualize/report/html_policy.h"

#include "visualize/report/assets.h"
#include "visualize/report/html_text.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* The texts behind one another, as html_asset has them; NULL when out of memory. */
static char *join(const char *first, const char *second)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    html_asset(stream, first);
    html_asset(stream, second);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

bool html_inline_make(struct html_inline *parts, struct fault *fault)
{
    *parts = (struct html_inline){
        .style = join(asset_dygraphs_css, asset_page_css),
        .scripts = {join(asset_dygraphs_js, ""), join(asset_page_js, ""),
                    join(asset_snapshots_js, "")},
    };
    return (parts->style && parts->scripts[0] && parts->scripts[1] && parts->scripts[2]) ||
           fault_set(fault, "out of memory for the page's scripts");
}

void html_inline_free(struct html_inline *parts)
{
    free(parts->style);
    for (int i = 0; i < HTML_SCRIPTS; i++)
        free(parts->scripts[i]);
    *parts = (struct html_inline){0};
}

/* " 'sha256-...'", as the policy names a text. */
static void put_hash(FILE *stream, const char *text)
{
    guint8 digest[32];
    gsize length = sizeof digest;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)text, (gssize)strlen(text));
    g_checksum_get_digest(checksum, digest, &length);
    g_checksum_free(checksum);
    gchar *base64 = g_base64_encode(digest, length);
    fprintf(stream, " 'sha256-%s'", base64);
    g_free(base64);
}

void html_policy(FILE *stream, const struct html_inline *parts)
{
    fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "base-uri 'none'; form-action 'none'; img-src data:; script-src",
          stream);
    for (int i = 0; i < HTML_SCRIPTS; i++)
        put_hash(stream, parts->scripts[i]);
    fputs("; style-src", stream);
    put_hash(stream, parts->style);
    fputs("; style-src-attr 'unsafe-inline'\">\n", stream);
}
