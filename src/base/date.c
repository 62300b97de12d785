/* Points in time: to a calendar date, to text, and back. No clock is read here. */
#include "base/date.h"

#include <stdbool.h>
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

struct mdm_time_text mdm_time_format_day(mdm_time when)
{
    struct mdm_time_text out = mdm_time_format(when);

    *strchr(out.text, 'T') = '\0';
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

/* True when the text begins with what has the form `form`: "d" stands for a digit, anything else for itself. */
static bool fits(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++)
        if (*form == 'd' ? *text < '0' || *text > '9' : *form != *text)
            return false;
    return true;
}

/* The number that the two digits at `text` are. */
static int two(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* Adds "HH:MM:SS", a fraction that is dropped, and "Z" or an offset. Second 60 is a leap second: the first of the next
 * minute. */
static bool add_time(const char *text, mdm_time *out)
{
    int sign;

    if (!fits(text, "dd:dd:dd") || two(text) > 23 || two(text + 3) > 59 || two(text + 6) > 60)
        return false;
    *out += two(text) * 3600 + two(text + 3) * 60 + two(text + 6);
    text += strlen("dd:dd:dd");
    if (fits(text, ".d"))
        text += 1 + strspn(text + 1, "0123456789");
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
        return true;
    sign = fits(text, "+dd:dd") ? 1 : fits(text, "-dd:dd") ? -1 : 0;
    if (sign == 0 || text[6] != '\0' || two(text + 1) > 23 || two(text + 4) > 59)
        return false;
    *out -= (mdm_time)sign * (two(text + 1) * 3600 + two(text + 4) * 60);
    return true;
}

int mdm_time_parse(const char *text, mdm_time *out, struct mdm_error *err)
{
    if (fits(text, "dddd-dd-dd")) {
        *out = mdm_time_from_civil(two(text) * 100 + two(text + 2), two(text + 5), two(text + 8), 0, 0, 0);
        if (strncmp(mdm_time_format(*out).text, text, 10) == 0 && /* 30 February is 1 or 2 March */
            (text[10] == '\0' || (strchr("Tt ", text[10]) != NULL && add_time(text + 11, out))))
            return 0;
    }
    return mdm_error_set(err, MDM_E_USAGE, "'%s' is not a date: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", text);
}

long mdm_time_days(mdm_time from, mdm_time to)
{
    return (long)floor_divide(to - from, MDM_DAY);
}
