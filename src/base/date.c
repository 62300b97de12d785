/* Points in time: to a calendar date, to text, and back. No clock is read here. */
#include "base/date.h"

#include <stdio.h>
#include <string.h>

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

mdm_time mdm_time_from_civil(int year, int month, int day, int hour, int minute, int second)
{
    /* The year is counted from March, so that the leap day is its last one. */
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_divide(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int64_t days = era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;

    return days * MDM_DAY + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
}

/* By search. glibc's gmtime_r() would ask the environment and files for a time zone, and for the leap seconds of a
 * "right" one. */
struct mdm_time_text mdm_time_format(mdm_time when)
{
    mdm_time first = mdm_time_from_civil(0, 1, 1, 0, 0, 0), rest;
    mdm_time last = mdm_time_from_civil(9999, 12, 31, 23, 59, 59);
    struct mdm_time_text out;
    int year, month = 1;

    when = when < first ? first : when > last ? last : when;
    year = 1970 + (int)floor_divide(when, (when < 0 ? 365 : 366) * MDM_DAY);
    while (mdm_time_from_civil(year + 1, 1, 1, 0, 0, 0) <= when)
        year++;
    while (month < 12 && mdm_time_from_civil(year, month + 1, 1, 0, 0, 0) <= when)
        month++;
    rest = when - mdm_time_from_civil(year, month, 1, 0, 0, 0);
    /* Some remainders change nothing: they show the compiler that the text fits. */
    (void)snprintf(out.text, sizeof out.text, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
                   (unsigned)month % 100, (unsigned)(rest / MDM_DAY + 1) % 100, (unsigned)(rest / 3600 % 24),
                   (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
    return out;
}

struct mdm_time_text mdm_time_format_stamp(mdm_time when)
{
    struct mdm_time_text out = mdm_time_format(when);
    size_t used = 0;

    for (const char *p = out.text; *p != '\0'; p++)
        if (*p != '-' && *p != ':')
            out.text[used++] = *p;
    out.text[used] = '\0';
    return out;
}

int mdm_time_parse(const char *text, mdm_time *out, struct mdm_error *err)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    char whole[MDM_TIME_TEXT_MAX];

    (void)snprintf(whole, sizeof whole, "%s%s", text, strchr(text, 'T') == NULL ? "T00:00:00Z" : "");
    /* NOLINTNEXTLINE(cert-err34-c): what was not read shows when it is written back */
    (void)sscanf(whole, "%4d-%2d-%2dT%2d:%2d:%2dZ", &year, &month, &day, &hour, &minute, &second);
    *out = mdm_time_from_civil(year, month, day, hour, minute, second);
    if (strcmp(mdm_time_format(*out).text, whole) == 0) /* 30 February would be 1 or 2 March */
        return 0;
    return mdm_error_set(err, MDM_E_USAGE, "'%s' is not a date: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", text);
}

long mdm_time_days(mdm_time from, mdm_time to)
{
    return (long)floor_divide(to - from, MDM_DAY);
}
