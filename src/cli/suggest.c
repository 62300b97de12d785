/* How far two words are from each other, and which of several is nearest. */
#include "cli/suggest.h"

#include <stdbool.h>
#include <string.h>

#define WORD_MAX 63

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: no piece is edited twice, which is all that a slip of the fingers needs. */
size_t suggest_distance(const char *a, const char *b, size_t limit)
{
    size_t rows[3][WORD_MAX + 2] = {{0}};
    const size_t a_size = strlen(a);
    const size_t b_size = strlen(b);
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];

    if (a_size > WORD_MAX || b_size > WORD_MAX)
        return limit + 1;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *const oldest = before;

        before = above;
        above = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            row[j] = smaller(above[j - 1] + (a[i - 1] != b[j - 1]), smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
    }
    return smaller(row[b_size], limit + 1);
}

const char *suggest_nearest(const char *word, const char *const *candidates, size_t count)
{
    const size_t size = strlen(word);
    const size_t limit = size / 3 > 1 ? size / 3 : 1;
    const char *nearest = NULL;
    size_t best = limit + 1;

    for (size_t i = 0; i < count; i++) {
        const size_t distance = suggest_distance(word, candidates[i], limit);

        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    if (best <= limit)
        return nearest;
    for (size_t i = 0; size >= 2 && i < count; i++) {
        if (strncmp(word, candidates[i], size) == 0)
            return candidates[i];
    }
    return NULL;
}
