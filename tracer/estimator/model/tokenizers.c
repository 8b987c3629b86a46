/* Vocabularies of the tokenizers whose type tells them. */
#include "tracer/estimator/model/settings.h"

#include <string.h>

/* Sources: the size of GPT-2's published vocab.json; tokenizer.model of Llama 2 and of Mistral 7B
 * (32000 pieces each). */
static const struct {
    const char *type;
    int64_t words;
} TOKENIZERS[] = {
    {"GPT2BPETokenizer", 50257},
    {"Llama2Tokenizer", 32000},
    {"MistralTokenizer", 32000},
};

int64_t tokenizer_vocabulary(const char *type)
{
    for (size_t i = 0; i < sizeof TOKENIZERS / sizeof *TOKENIZERS; i++)
        if (strcmp(TOKENIZERS[i].type, type) == 0)
            return TOKENIZERS[i].words;
    return 0;
}
