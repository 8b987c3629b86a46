/* Standard output as commands have it: what a terminal would obey is escaped, and what could not be
 * written is the command's failure. Each case is a child, whose output comes back by a pipe. */
#include "schemas/support/command.h"
#include "schemas/support/standard_output.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1 << 16 };

/* What the child writes to stdout, ended by a zero, and its exit status. */
static int run_child(void (*print)(void), char output[MOST])
{
    int ends[2], status = -1;
    size_t used = 0;
    ssize_t got;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(ends[1], STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        close(ends[0]), close(ends[1]);
        standard_output_setup();
        print();
        exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], output + used, MOST - 1 - used)) > 0)
        used += (size_t)got;
    close(ends[0]);
    output[used] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void prints(void (*print)(void), const char *expected)
{
    static char output[MOST];
    assert_int_equal(run_child(print, output), 0);
    assert_string_equal(output, expected);
}

static void print_controls(void)
{
    printf("a\tb\r\n\x1B[31mred\x7F \xC3\xA9\xC2\xA0\xC2\x9B"
           "1m\n%c.",
           0);
}

/* A character of two bytes in two pieces. */
static void print_in_pieces(void)
{
    for (const char *at = "1\xC2\x9B"
                          "2\xC2\xA9"
                          "3\xC2";
         *at; at++) {
        fputc(*at, stdout);
        fflush(stdout);
    }
}

static void print_sequence(void)
{
    printf("before ");
    standard_output_control("\x1B[2J");
    printf("behind\n");
}

/* As it is, and at once: curses' own. */
static void print_plainly(void)
{
    fputs("\x1B[1m", standard_output_plain());
    fflush(standard_output_plain());
    assert_int_equal(fileno(standard_output_plain()), STDOUT_FILENO);
}

static void print_much(void)
{
    for (int i = 0; i < 5000; i++)
        fputs("ten bytes\n", stdout);
}

static void test_printed(void **state)
{
    (void)state;
    static char output[MOST];
    prints(print_controls, "a\tb\\x0D\n\\x1B[31mred\\x7F \xC3\xA9\xC2\xA0\\xC2\\x9B"
                           "1m\n\\x00.");
    prints(print_in_pieces, "1\\xC2\\x9B"
                            "2\xC2\xA9"
                            "3\xC2");
    prints(print_sequence, "before \x1B[2Jbehind\n");
    prints(print_plainly, "\x1B[1m");
    assert_int_equal(run_child(print_much, output), 0);
    assert_int_equal(strlen(output), 50000);
}

/* ---- failures ---- */

static void print_to_full(void)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    dup2(full, STDOUT_FILENO);
    printf("lost\n");
}

static void print_to_closed(void)
{
    close(STDOUT_FILENO);
    printf("lost\n");
}

static void print_half_a_character_to_full(void)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    dup2(full, STDOUT_FILENO);
    fputc(0xC2, stdout);
}

/* That nothing was left to write is no excuse. */
static void print_to_full_in_between(void)
{
    int before = dup(STDOUT_FILENO);
    print_to_full();
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
}

static void print_less(void)
{
    printf("some\n");
    standard_output_lose();
    assert_true(standard_output_lost());
}

static void print_nothing(void)
{
    assert_false(standard_output_lost());
}

static void test_failures(void **state)
{
    (void)state;
    static char output[MOST];
    assert_int_equal(run_child(print_to_full, output), EXIT_FAILED);
    assert_int_equal(run_child(print_to_closed, output), EXIT_FAILED);
    assert_int_equal(run_child(print_half_a_character_to_full, output), EXIT_FAILED);
    assert_int_equal(run_child(print_to_full_in_between, output), EXIT_FAILED);
    assert_int_equal(run_child(print_less, output), EXIT_FAILED);
    assert_string_equal(output, "some\n");
    prints(print_nothing, "");
}

/* ---- names ---- */

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(NAME("a file"), "a file");
    assert_string_equal(NAME("a\nb\x1B\xC3\xA9\xC2\x85."), "a\\x0Ab\\x1B\xC3\xA9\\xC2\\x85.");
    struct name_text buffer;
    char name[3 * sizeof buffer.text];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    name_text(&buffer, name);
    size_t length = strlen(buffer.text);
    assert_true(length < sizeof buffer.text && length > sizeof buffer.text - 16);
    assert_string_equal(buffer.text + length - 4, "x...");
    memset(name, '\n', sizeof name - 1);
    name_text(&buffer, name);
    length = strlen(buffer.text);
    assert_true(length < sizeof buffer.text && length > sizeof buffer.text - 16);
    assert_string_equal(buffer.text + length - 7, "\\x0A...");
    name[500] = '\0';
    assert_int_equal(strlen(name_text(&buffer, name)), 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printed),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("standard output", tests, NULL, NULL);
}
