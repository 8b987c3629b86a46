/* Runs a fuzz harness over the files of folders, so that its corpus is a test on any machine.
 * Speaks TAP. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void replay(const char *folder, const char *name, int *count)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "re");
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (stream && fseek(stream, 0, SEEK_END) == 0 && ftell(stream) >= 0) {
        size = (size_t)ftell(stream);
        bytes = malloc(size ? size : 1);
        rewind(stream);
    }
    bool read = bytes && fread(bytes, 1, size, stream) == size;
    if (read)
        LLVMFuzzerTestOneInput(bytes, size); /* it aborts when something is wrong */
    printf("%s %d - %s\n", read ? "ok" : "not ok", ++*count, path);
    free(bytes);
    if (stream)
        fclose(stream);
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder)
            continue;
        for (struct dirent *entry; (entry = readdir(folder));)
            if (entry->d_name[0] != '.')
                replay(argv[i], entry->d_name, &count);
        closedir(folder);
    }
    printf("1..%d\n", count);
    return count == 0;
}
