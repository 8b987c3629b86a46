/* configuration.md says what the code does: its tables have the rows of the table of dimensions,
 * and its examples of the two relations hold. */
#include "schemas/configuration/configuration.h"
#include "tests/unit/unit.h"

enum { ROW = 512, CELLS = 3 };

static char *read_page(void)
{
    size_t length;
    return unit_read_file("schemas/configuration", "configuration.md", &length);
}

/* ---- the tables ---- */

static const char *code_text(char text[64], const char *name)
{
    if (!name)
        return "–";
    snprintf(text, 64, "`%s`", name);
    return text;
}

static void names_row(const struct dimension *row, char text[ROW])
{
    char cells[7][64];
    bool one_name = strcmp(row->name, row->long_name) == 0;
    snprintf(text, ROW, "| %s | %s | %s | %s | %s | %s | %s | %s%s%s |\n",
             code_text(cells[0], row->tag), code_text(cells[1], row->older_tag),
             code_text(cells[2], row->log_word),
             code_text(cells[3], row->folder_word ? row->folder_word : row->log_word),
             code_text(cells[4], row->column), code_text(cells[5], row->other_key),
             code_text(cells[6], row->argument), row->name, one_name ? "" : ": ",
             one_name ? "" : row->long_name);
}

static const char *absent_text(size_t dimension)
{
    switch (DIMENSIONS[dimension].absent) {
    case DIMENSION_ABSENT_NOT_KNOWN:
        break;
    case DIMENSION_ABSENT_ONE:
        return "1";
    case DIMENSION_ABSENT_ZERO:
        return "`None`";
    case DIMENSION_ABSENT_TP:
        return "equal to TP";
    case DIMENSION_ABSENT_DERIVED:
        return dimension == DIMENSION_DP ? "world size / (TP·CP·PP)" : "TP·CP·DP·PP";
    }
    return "not known";
}

static void meaning_row(size_t dimension, char text[ROW])
{
    static const char *const kinds[] = {
        [DIMENSION_NUMBER] = "number", [DIMENSION_SWITCH] = "0 or 1", [DIMENSION_WORD] = "word"};
    const struct dimension *row = &DIMENSIONS[dimension];
    int used = snprintf(text, ROW, "| `%s` | %s", row->tag, kinds[row->kind]);
    for (size_t i = 0; row->in_order && row->in_order[i]; i++)
        used += snprintf(text + used, ROW - (size_t)used, "%s `%s`", i > 0 ? "," : ":",
                         row->in_order[i]);
    snprintf(text + used, ROW - (size_t)used, " | %s%s |\n", absent_text(dimension),
             row->not_compared ? "; never compared" : "");
}

/* What stands behind a heading's line of dashes, row by row, up to an empty line. */
static const char *table_behind(const char *page, const char *heading)
{
    const char *at = strstr(page, heading);
    if (!at)
        fail_msg("configuration.md has no table '%s'", heading);
    at = strstr(at, "\n| ---");
    assert_non_null(at);
    return strchr(at + 1, '\n') + 1;
}

static const char *skip_row(const char *at, const char *expected)
{
    if (strncmp(at, expected, strlen(expected)) != 0)
        fail_msg("configuration.md: expected\n%sfound\n%.*s", expected, (int)strcspn(at, "\n"), at);
    return at + strlen(expected);
}

static void test_tables(void **state)
{
    (void)state;
    char *page = read_page(), text[ROW];
    const char *names = table_behind(page, "| tag | older tag |");
    const char *meanings = table_behind(page, "| tag | values |");
    for (size_t i = 0; i < DIMENSION_COUNT; i++) {
        names_row(&DIMENSIONS[i], text);
        names = skip_row(names, text);
        meaning_row(i, text);
        meanings = skip_row(meanings, text);
    }
    skip_row(names, "\n");
    skip_row(meanings, "\n");
    free(page);
}

/* ---- the examples ---- */

/* A configuration from "`tp2_pp2`". */
static struct configuration quoted(const char *cell)
{
    struct configuration configuration = {0};
    assert_int_equal(*cell, '`');
    for (const char *at = cell + 1; *at != '`'; at += *at == '_') {
        size_t length = strcspn(at, "_`");
        assert_true(configuration_add_tag(&configuration, at, length, NULL));
        at += length;
    }
    return configuration;
}

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* "different: TP; ..." names the dimensions in which both differ. */
static bool says_difference(const char *text, dimension_set differing)
{
    char names[ROW], expected[2 * ROW];
    if (differing == 0)
        return begins(text, "the same");
    dimension_set_text(names, sizeof names, differing);
    snprintf(expected, sizeof expected, "different: %s",
             differing == DIMENSION_OTHER_TAGS ? "a tag that nobody knows" : names);
    return begins(text, expected) && strchr(" ;,", text[strlen(expected)]);
}

static bool says_compatibility(const char *text, const struct configuration *a,
                               const struct configuration *b)
{
    if (configuration_compatible(a, b, true, NULL))
        return begins(text, "compatible, strictly");
    return begins(text, configuration_compatible(a, b, false, NULL) ? "compatible, but leniently"
                                                                    : "not compatible");
}

static size_t check_examples(const char *at, bool compatible)
{
    size_t count = 0;
    for (; *at == '|'; at = strchr(at, '\n') + 1, count++) {
        const char *cells[CELLS] = {at + strlen("| ")};
        for (size_t i = 1; i < CELLS; i++)
            cells[i] = strstr(cells[i - 1], " | ") + strlen(" | ");
        struct configuration a = quoted(cells[0]), b = quoted(cells[1]);
        bool right = compatible ? says_compatibility(cells[2], &a, &b)
                                : says_difference(cells[2], configuration_differences(&a, &b));
        if (!right)
            fail_msg("configuration.md: not so: %.*s", (int)strcspn(at, "\n"), at);
    }
    return count;
}

static void test_examples(void **state)
{
    (void)state;
    char *page = read_page();
    const char *same = table_behind(page, "| a | b | |");
    const char *compatible = table_behind(same, "| a | b | |");
    assert_true(check_examples(same, false) >= 7);
    assert_true(check_examples(compatible, true) >= 4);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
