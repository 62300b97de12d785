/* Points in time: seconds since 1970-01-01T00:00:00Z. */
#ifndef MDM_BASE_DATE_H
#define MDM_BASE_DATE_H

#include <stdint.h>

#include "base/error.h"

typedef int64_t mdm_time;

#define MDM_DAY ((mdm_time)86400)

/* The time of a UTC date; month 1-12, day 1-31 (proleptic Gregorian calendar). Does not check the ranges. */
mdm_time mdm_time_from_civil(int year, int month, int day, int hour, int minute, int second);

#define MDM_TIME_TEXT_MAX 32
struct mdm_time_text {
    char text[MDM_TIME_TEXT_MAX];
};

/* RFC 3339, UTC: "2026-11-23T12:00:00Z"; its first ten characters are the day. Years outside 0-9999 are clamped. */
struct mdm_time_text mdm_time_format(mdm_time when);
/* For folder names: "20261123T120000Z". */
struct mdm_time_text mdm_time_format_stamp(mdm_time when);

/* Reads "YYYY-MM-DD" (its first second, UTC), or what mdm_time_format writes. Error: MDM_E_USAGE. */
int mdm_time_parse(const char *text, mdm_time *out, struct mdm_error *err);

/* Whole days from `from` to `to`, rounded towards the past: -1 when `to` passed a minute ago. */
long mdm_time_days(mdm_time from, mdm_time to);

#endif
