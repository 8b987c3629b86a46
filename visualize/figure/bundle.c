#include "visualize/figure/bundle.h"

#include <dirent.h>
#include <fontconfig/fontconfig.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As packaging/assemble lays them out, from the folder above bin. */
#define FONTS          "share/gmtrace/fonts"
#define FONT_SETTINGS  FONTS "/fonts.conf"
#define PLPLOT_DRIVERS "lib/bundled/plplot"
#define PLPLOT_DATA    "share/gmtrace/plplot"

struct path {
    char text[4096 + 256];
};

static bool path_of(struct path *path, const char *root, const char *name)
{
    size_t length = (size_t)snprintf(path->text, sizeof path->text, "%s/%s", root, name);
    return length < sizeof path->text;
}

/* The folder above this program's. */
static bool find_root(struct path *root)
{
    ssize_t length = readlink("/proc/self/exe", root->text, sizeof root->text - 1);
    if (length < 0)
        return false;
    root->text[length] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(root->text, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    return true;
}

/* File by file, for which fontconfig wants no cache: there may be no folder to write one to. */
static bool add_fonts(FcConfig *config, const char *root)
{
    struct path folder, file;
    DIR *fonts = path_of(&folder, root, FONTS) ? opendir(folder.text) : NULL;
    if (!fonts)
        return false;
    bool added = true;
    for (const struct dirent *entry; added && (entry = readdir(fonts));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot && (strcmp(dot, ".otf") == 0 || strcmp(dot, ".ttf") == 0))
            added = path_of(&file, folder.text, entry->d_name) &&
                    FcConfigAppFontAddFile(config, (const FcChar8 *)file.text);
    }
    closedir(fonts);
    return added;
}

static void use_fonts(const char *root, const char *settings)
{
    FcConfig *config = FcConfigCreate();
    if (config && FcConfigParseAndLoad(config, (const FcChar8 *)settings, FcTrue) &&
        add_fonts(config, root))
        (void)FcConfigSetCurrent(config); /* else the system's fonts are as good as can be had */
    if (config)
        FcConfigDestroy(config);
}

static void set_folder(const char *name, const char *root, const char *folder)
{
    struct path path;
    if (path_of(&path, root, folder))
        (void)setenv(name, path.text, 0); /* without it PLplot says what it does not find */
}

void bundle_use(void)
{
    static bool done;
    struct path root, settings;
    if (done)
        return;
    done = true;
    if (!find_root(&root) || !path_of(&settings, root.text, FONT_SETTINGS) ||
        access(settings.text, R_OK) != 0)
        return;
    set_folder("PLPLOT_DRV_DIR", root.text, PLPLOT_DRIVERS);
    set_folder("PLPLOT_LIB", root.text, PLPLOT_DATA);
    if (!getenv("FONTCONFIG_FILE") && !getenv("FONTCONFIG_PATH"))
        use_fonts(root.text, settings.text);
}
