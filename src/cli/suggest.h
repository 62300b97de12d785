/* "Did you mean ...?" */
#ifndef MDM_CLI_SUGGEST_H
#define MDM_CLI_SUGGEST_H

#include <stddef.h>

/* Damerau-Levenshtein distance (insert, delete, replace, swap neighbours), at most `limit` + 1. Words over 63 bytes:
 * limit + 1. */
size_t suggest_distance(const char *a, const char *b, size_t limit);

/* The candidate nearest to `word`, the first of equals; NULL when none is near enough to be meant (a third of the
 * word's length, at least 1, or the word is its beginning). */
const char *suggest_nearest(const char *word, const char *const *candidates, size_t count);

#endif
