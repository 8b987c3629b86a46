/* A made-up dimension, for builds of the commands with one more row in the table: see
 * test_extra_dimension. */
#define EXTRA_DIMENSION                                                                            \
    {                                                                                              \
        .tag = "xp", .log_word = "XP", .column = "xp", .argument = "extra_model_parallel_size",    \
        .name = "XP", .long_name = "extra parallel size", .absent = DIMENSION_ABSENT_ONE           \
    }
