/* The small things that everything else is made with: arrays that grow, lists of warnings, texts,
 * tables, JSON, files read whole or by lines. */
#include "schemas/recording/recording_lock.h"
#include "schemas/support/array.h"
#include "schemas/support/command.h"
#include "schemas/support/csv.h"
#include "schemas/support/input_file.h"
#include "schemas/support/json_writer.h"
#include "schemas/support/shell_words.h"
#include "schemas/support/sized_struct.h"
#include "schemas/support/text.h"
#include "schemas/support/warnings.h"
#include "tests/unit/unit.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_arrays(void **state)
{
    (void)state;
    int *numbers = NULL;
    size_t count = 0;
    for (int i = 0; i < 1000; i++) {
        int *place = ARRAY_ADD(numbers, count);
        assert_non_null(place);
        assert_ptr_equal(place, &numbers[i]);
        *place = i;
    }
    assert_int_equal(count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
}

static void test_reserved_arrays(void **state)
{
    (void)state;
    double *numbers = NULL;
    size_t capacity = 0;
    assert_true(array_reserve(&numbers, sizeof *numbers, &capacity, 0) && !numbers);
    assert_true(array_reserve(&numbers, sizeof *numbers, &capacity, 9));
    assert_int_equal(capacity, 16);
    numbers[15] = 1;
    const double *before = numbers;
    assert_true(array_reserve(&numbers, sizeof *numbers, &capacity, 16));
    assert_ptr_equal(numbers, before);
    assert_false(array_reserve(&numbers, sizeof *numbers, &capacity, SIZE_MAX));
    assert_false(array_reserve(&numbers, sizeof *numbers, &capacity, SIZE_MAX / 4));
    assert_int_equal(capacity, 16);
    free(numbers);
}

static void test_warnings(void **state)
{
    (void)state;
    char **list = NULL;
    size_t count = 0;
    for (int i = 0; i < 20; i++)
        assert_true(warnings_add(&list, &count, "line\n%d", i));
    assert_int_equal(count, 20);
    assert_string_equal(list[0], "line\\x0A0");
    assert_string_equal(list[19], "line\\x0A19");
    warnings_free(list, count);
}

static void test_texts(void **state)
{
    (void)state;
    char buffer[12];
    struct text text = text_begin(buffer, sizeof buffer);
    assert_string_equal(buffer, "");
    text_add_item(&text, ", ", "%s", "abc");
    text_add_item(&text, ", ", "%d", 12);
    assert_string_equal(buffer, "abc, 12");
    text_add(&text, "%s", "1234");
    assert_true(text_fits(&text));
    text_add(&text, "5");
    assert_string_equal(buffer, "abc, 121234");
    assert_false(text_fits(&text));
    text_add(&text, "%s", "more");
    assert_int_equal(text.length, 16);
    text = text_begin(buffer, sizeof buffer);
    text_add_item(&text, "-", "1");
    text_add_item(&text, "-", "2");
    assert_string_equal(buffer, "1-2");
    text = text_begin(NULL, 0);
    text_add(&text, "%s", "abc");
    assert_int_equal(text.length, 3);
    struct growing_text growing;
    assert_true(growing_text_begin(&growing));
    for (int i = 0; i < 1000; i++)
        fputs("ab", growing.stream);
    char *whole = growing_text_end(&growing);
    assert_int_equal(strlen(whole), 2000);
    free(whole);
}

static void splits(const char *line, size_t count, const char *const *expected)
{
    char copy[64], *fields[4];
    snprintf(copy, sizeof copy, "%s", line);
    assert_int_equal(csv_split(copy, fields, 4), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(fields[i], expected[i]);
}

static void test_csv(void **state)
{
    (void)state;
    splits("", 1, (const char *const[]){""});
    splits("a,,c\r\n", 3, (const char *const[]){"a", "", "c"});
    splits("a,", 2, (const char *const[]){"a", ""});
    splits("\"a,b\",\"c\"\"d\",\"\"", 3, (const char *const[]){"a,b", "c\"d", ""});
    splits("5\" disk,x", 2, (const char *const[]){"5\" disk", "x"});
    splits("\"open,x", 1, (const char *const[]){"open,x"});
    splits("a,b,c,d,e", 4, (const char *const[]){"a", "b", "c", "d"});
    struct growing_text text;
    assert_true(growing_text_begin(&text));
    csv_put_text(text.stream, "plain");
    fputc(',', text.stream);
    csv_put_text(text.stream, "a,\"b\"");
    char *line = growing_text_end(&text);
    assert_string_equal(line, "plain,\"a,\"\"b\"\"\"");
    splits(line, 2, (const char *const[]){"plain", "a,\"b\""});
    free(line);
}

static void splits_words(const char *text, const char *separators, const char *const *expected)
{
    struct fault fault = {0};
    char **words = shell_words_split(text, separators, &fault);
    size_t count = 0;
    assert_int_equal(words == NULL, expected == NULL);
    for (; words && expected && words[count] && expected[count]; count++)
        assert_string_equal(words[count], expected[count]);
    assert_true(!words || !expected || (!words[count] && !expected[count]));
    assert_true(words || strstr(fault.text, "a quote is not closed"));
    shell_words_free(words);
}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_shell_words(void **state)
{
    (void)state;
    splits_words("", " ", (const char *const[]){NULL});
    splits_words("  a  bc ", " ", WORDS("a", "bc"));
    splits_words("a,b c", " ,", WORDS("a", "b", "c"));
    splits_words("a 'b c' \"d 'e\" f''g \"\"", " ", WORDS("a", "b c", "d 'e", "fg", ""));
    splits_words("a\\ b '\\' \"\\\"\" c\\", " ", WORDS("a b", "\\", "\"", "c\\"));
    splits_words("'it'\\''s'", " ", WORDS("it's"));
    splits_words("a 'b", " ", NULL);
    splits_words("\"a' b", " ", NULL);
    static const char *const written[][3] = {{"plain-1.0", "plain-1.0", "plain-1.0"},
                                             {"", "''", "''"},
                                             {"a b", "'a b'", "'a b'"},
                                             {"$(x)", "'$(x)'", "'$(x)'"},
                                             {"it's", "'it'\\''s'", "'it'\\''s'"},
                                             {"a\nb", "'a\nb'", "$'a\\x0Ab'"}};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        for (int shown = 0; shown < 2; shown++) {
            struct growing_text text;
            assert_true(growing_text_begin(&text));
            if (shown)
                shell_words_show(text.stream, written[i][0]);
            else
                shell_words_write(text.stream, written[i][0]);
            char *word = growing_text_end(&text);
            assert_string_equal(word, written[i][1 + shown]);
            if (!shown)
                splits_words(word, " ", WORDS(written[i][0]));
            free(word);
        }
}

/* The same document by cJSON, which lays it out alike. */
static void test_json(void **state)
{
    (void)state;
    struct growing_text text;
    assert_true(growing_text_begin(&text));
    struct json_writer json = json_writer_begin(text.stream);
    json_object_begin(&json, NULL);
    json_put_text(&json, "text", "a\"b");
    json_put_text(&json, "none", NULL);
    json_put_count(&json, "count", 123456789012345);
    json_put_count(&json, "unknown", -1);
    json_put_number(&json, "nan", NAN);
    json_put_number(&json, "third", 1.0 / 3);
    json_put_number(&json, "whole", 256);
    json_array_begin(&json, "list");
    for (int i = 0; i < 2; i++) {
        json_object_begin(&json, NULL);
        json_put_number(&json, "half", i + 0.5);
        json_put_bool(&json, "odd", i == 1);
        json_end(&json);
    }
    json_put_count(&json, NULL, 7);
    json_array_begin(&json, NULL);
    json_end(&json);
    json_end(&json);
    json_end(&json);
    char *written = growing_text_end(&text);
    cJSON *read = cJSON_Parse(written);
    assert_non_null(read);
    assert_int_equal(cJSON_GetArraySize(read), 5);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(read, "list");
    assert_int_equal(cJSON_GetArraySize(list), 4);
    assert_true(cJSON_GetObjectItemCaseSensitive(read, "third")->valuedouble == 1.0 / 3);
    char *again = cJSON_Print(read);
    assert_string_equal(again, strndupa(written, strlen(written) - 1));
    assert_int_equal(written[strlen(written) - 1], '\n');
    cJSON_free(again);
    cJSON_Delete(read);
    free(written);
}

static void test_files(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    struct fault fault;
    static const char bytes[] = "one\n\0two\r\nlast";
    unit_write_file(folder, "file", bytes, sizeof bytes - 1);
    snprintf(path, sizeof path, "%s/file", folder);
    size_t length;
    char *whole = input_file_read(path, "a file", 100, &length, &fault);
    assert_int_equal(length, sizeof bytes - 1);
    assert_memory_equal(whole, bytes, sizeof bytes);
    free(whole);
    assert_null(input_file_read(path, "a file", length - 1, &length, &fault));
    assert_int_equal(errno, EFBIG);
    assert_null(input_file_read(folder, "a file", 100, &length, &fault));
    assert_non_null(strstr(fault.text, "expected a file, found a folder"));
    struct input_lines lines;
    static const size_t lengths[] = {3, 4, 4};
    assert_true(input_lines_open(&lines, path, "a file", &fault));
    for (size_t i = 0; i < 3; i++) {
        assert_true(input_lines_next(&lines));
        assert_int_equal(lines.length, lengths[i]);
        assert_int_equal(lines.number, i + 1);
    }
    assert_string_equal(lines.line, "last");
    assert_false(input_lines_next(&lines));
    assert_true(input_lines_close(&lines, &fault));
    snprintf(path, sizeof path, "%s/none", folder);
    assert_false(input_lines_open(&lines, path, "a file", &fault));
    assert_int_equal(errno, ENOENT);
    unit_remove_folder(folder);
}

/* Descriptor 0 is as good as any, where a program runs with its standard input closed. */
static void test_first_descriptor(void **state)
{
    (void)state;
    char *folder = unit_make_folder(), path[4200];
    char boot[sizeof((struct recording_header){0}.boot)] = "";
    size_t length = 0;
    struct fault fault = {0};
    unit_write_file(folder, "file", "abc", 3);
    snprintf(path, sizeof path, "%s/file", folder);
    int before = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    int fd = input_file_open(path, "a file", &length, &fault);
    if (fd >= 0)
        close(fd);
    recording_this_boot(boot);
    if (before >= 0) {
        dup2(before, STDIN_FILENO);
        close(before);
    }
    assert_int_equal(fd, STDIN_FILENO);
    assert_int_equal(length, 3);
    char other[sizeof boot] = "";
    recording_this_boot(other);
    assert_string_equal(boot, other);
    assert_int_equal(input_file_open(folder, "a file", &length, &fault), -1);
    unit_remove_folder(folder);
}

/* What stands on a terminal that is stderr. */
static size_t read_terminal(int terminal, char *text, size_t size)
{
    ssize_t got = read(terminal, text, size - 1);
    text[got > 0 ? got : 0] = '\0';
    return strlen(text);
}

/* Nothing in the first second; then at most ten times a second; gone at the end. */
static void test_progress(void **state)
{
    (void)state;
    int terminal, ours, before = dup(STDERR_FILENO);
    char text[256];
    struct progress progress;
    if (openpty(&terminal, &ours, NULL, NULL, NULL) != 0)
        skip();
    assert_int_equal(fcntl(terminal, F_SETFL, O_NONBLOCK), 0);
    dup2(ours, STDERR_FILENO);
    progress_start(&progress, "reading", 8, false);
    progress.started_s += 1000; /* as if it were early */
    progress_update(&progress, 1);
    size_t early = read_terminal(terminal, text, sizeof text);
    progress.started_s -= 2000;
    progress_update(&progress, 2);
    size_t first = read_terminal(terminal, text, sizeof text);
    bool right = strcmp(text, "\rreading: 2 of 8 (25%)\033[K") == 0;
    progress.shown_s += 1000;
    progress_update(&progress, 3);
    size_t soon = read_terminal(terminal, text, sizeof text);
    progress.shown_s -= 2000;
    progress_update(&progress, 4);
    read_terminal(terminal, text, sizeof text);
    bool again = strcmp(text, "\rreading: 4 of 8 (50%)\033[K") == 0;
    progress_end(&progress);
    read_terminal(terminal, text, sizeof text);
    bool gone = strcmp(text, "\r\033[K") == 0;
    progress_end(&progress);
    progress_start(&progress, "reading", 8, true);
    progress.started_s -= 2000;
    progress_update(&progress, 2);
    size_t quiet = read_terminal(terminal, text, sizeof text);
    dup2(before, STDERR_FILENO);
    close(before), close(terminal), close(ours);
    assert_true(early == 0 && first > 0 && right && soon == 0 && again && gone && quiet == 0);
}

/* Between programs of unlike releases: what one does not know is zero, or it is refused. */
static void test_sized_structs(void **state)
{
    (void)state;
    static const unsigned char longer[6] = {1, 2, 3, 4, 0, 0}, newer[6] = {1, 2, 3, 4, 0, 9};
    unsigned char own[4] = {9, 9, 9, 9}, given[6] = {9, 9, 9, 9, 9, 9};
    assert_true(sized_struct_take(own, 4, longer, 6));
    assert_memory_equal(own, longer, 4);
    assert_true(sized_struct_take(own, 4, newer, 2));
    assert_memory_equal(own, longer, 4);
    assert_false(sized_struct_take(own, 4, newer, 6));
    assert_false(sized_struct_take(own, 4, newer, 0));
    assert_false(sized_struct_take(own, 4, newer, ((size_t)1 << 16) + 1));
    assert_true(sized_struct_give(given, 6, newer, 4));
    assert_memory_equal(given, longer, 6);
    assert_true(sized_struct_give(own, 2, &newer[4], 2));
    assert_memory_equal(own, ((unsigned char[]){0, 9, 3, 4}), 4);
    assert_false(sized_struct_give(given, 0, newer, 4));
    assert_false(sized_struct_give(given, ((size_t)1 << 16) + 1, newer, 4));
}

/* A file of sysfs says that it has a page, and ends before: as one that is cut while it is read. */
static void test_file_that_becomes_shorter(void **state)
{
    (void)state;
    static const char path[] = "/sys/kernel/uevent_seqnum";
    struct stat status;
    if (stat(path, &status) != 0 || status.st_size < 64)
        skip();
    struct fault fault = {0};
    size_t length;
    assert_null(input_file_read(path, "a file", 1 << 20, &length, &fault));
    assert_int_equal(errno, EIO);
    assert_string_equal(fault.text, "/sys/kernel/uevent_seqnum: it was changed while it was read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays),        cmocka_unit_test(test_reserved_arrays),
        cmocka_unit_test(test_warnings),      cmocka_unit_test(test_texts),
        cmocka_unit_test(test_csv),           cmocka_unit_test(test_json),
        cmocka_unit_test(test_shell_words),   cmocka_unit_test(test_first_descriptor),
        cmocka_unit_test(test_progress),      cmocka_unit_test(test_files),
        cmocka_unit_test(test_sized_structs), cmocka_unit_test(test_file_that_becomes_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
