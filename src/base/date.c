/* Points in time: to a calendar date, to text, and back. No clock is read here. */
#include "base/date.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct civil {
    int year, month, day, hour, minute, second;
};

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
static struct civil civil_from_time(mdm_time when)
{
    struct civil c = {.year = 1970 + (int)floor_divide(when, (when < 0 ? 365 : 366) * MDM_DAY), .month = 1};
    mdm_time rest;

    while (mdm_time_from_civil(c.year + 1, 1, 1, 0, 0, 0) <= when)
        c.year++;
    while (c.month < 12 && mdm_time_from_civil(c.year, c.month + 1, 1, 0, 0, 0) <= when)
        c.month++;
    rest = when - mdm_time_from_civil(c.year, c.month, 1, 0, 0, 0);
    c.day = (int)(rest / MDM_DAY) + 1;
    c.hour = (int)(rest / 3600 % 24);
    c.minute = (int)(rest / 60 % 60);
    c.second = (int)(rest % 60);
    return c;
}

void mdm_time_format(mdm_time when, char out[MDM_TIME_TEXT_MAX])
{
    mdm_time first = mdm_time_from_civil(0, 1, 1, 0, 0, 0);
    mdm_time last = mdm_time_from_civil(9999, 12, 31, 23, 59, 59);
    struct civil c = civil_from_time(when < first ? first : when > last ? last : when);

    /* The remainders change nothing: they show the compiler that the text fits. */
    (void)snprintf(out, MDM_TIME_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000,
                   (unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100, (unsigned)c.minute % 100,
                   (unsigned)c.second % 100);
}

void mdm_time_format_day(mdm_time when, char out[MDM_TIME_TEXT_MAX])
{
    mdm_time_format(when, out);
    *strchr(out, 'T') = '\0';
}

void mdm_time_format_stamp(mdm_time when, char out[MDM_TIME_TEXT_MAX])
{
    size_t used = 0;

    mdm_time_format(when, out);
    for (const char *p = out; *p != '\0'; p++)
        if (*p != '-' && *p != ':')
            out[used++] = *p;
    out[used] = '\0';
}

/* Takes what has the form `form` off *text: "d" stands for a digit, anything else for itself. *out (may be NULL) is the
 * number. */
static bool take(const char **text, const char *form, int *out)
{
    const char *p = *text;
    int number = 0;

    for (; *form != '\0'; form++, p++) {
        bool digit = *p >= '0' && *p <= '9';

        if (*form == 'd' ? !digit : *form != *p)
            return false;
        if (digit)
            number = number * 10 + (*p - '0');
    }
    *text = p;
    if (out != NULL)
        *out = number;
    return true;
}

static bool take_day(const char **text, struct civil *c)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap;

    if (!take(text, "dddd", &c->year) || !take(text, "-dd", &c->month) || !take(text, "-dd", &c->day) || c->month < 1 ||
        c->month > 12)
        return false;
    leap = c->month == 2 && c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);
    return c->day >= 1 && c->day <= days[c->month - 1] + leap;
}

/* "HH:MM:SS" with a fraction that is dropped. Second 60 is a leap second: the first of the next minute. */
static bool take_time(const char **text, struct civil *c)
{
    if (!take(text, "dd", &c->hour) || !take(text, ":dd", &c->minute) || !take(text, ":dd", &c->second))
        return false;
    if (take(text, ".d", NULL))
        *text += strspn(*text, "0123456789");
    return c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

static bool take_offset(const char **text, int *seconds)
{
    int hours, minutes;
    bool west = take(text, "-", NULL);

    if (!west && (take(text, "Z", NULL) || take(text, "z", NULL)))
        return true;
    if ((!west && !take(text, "+", NULL)) || !take(text, "dd", &hours) || !take(text, ":dd", &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

int mdm_time_parse(const char *text, mdm_time *out, struct mdm_error *err)
{
    const char *rest = text;
    struct civil c = {0};
    int offset = 0;
    bool ok = take_day(&rest, &c);

    if (ok && *rest != '\0')
        ok = (take(&rest, "T", NULL) || take(&rest, "t", NULL) || take(&rest, " ", NULL)) && take_time(&rest, &c) &&
             take_offset(&rest, &offset) && *rest == '\0';
    if (!ok)
        return mdm_error_set(err, MDM_E_USAGE, "'%s' is not a date: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", text);
    *out = mdm_time_from_civil(c.year, c.month, c.day, c.hour, c.minute, c.second) - offset;
    return 0;
}

long mdm_time_days(mdm_time from, mdm_time to)
{
    return (long)floor_divide(to - from, MDM_DAY);
}
