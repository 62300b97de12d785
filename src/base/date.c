/* Points in time: to a calendar date, to text, and back. No clock is read here. */
#include "base/date.h"

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

struct mdm_time_text mdm_time_format(mdm_time when)
{
    mdm_time first = mdm_time_from_civil(0, 1, 1, 0, 0, 0);
    mdm_time last = mdm_time_from_civil(9999, 12, 31, 23, 59, 59);
    struct civil c = civil_from_time(when < first ? first : when > last ? last : when);
    struct mdm_time_text out;

    /* The remainders change nothing: they show the compiler that the text fits. */
    (void)snprintf(out.text, sizeof out.text, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000,
                   (unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100, (unsigned)c.minute % 100,
                   (unsigned)c.second % 100);
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

bool mdm_time_is_stamp(const char *text)
{
    return fits(text, "ddddddddTddddddZ");
}

/* The number that the two digits at `text` are. */
static int two(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

static bool read_day(const char *text, struct civil *c)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap;

    if (!fits(text, "dddd-dd-dd"))
        return false;
    *c = (struct civil){.year = two(text) * 100 + two(text + 2), .month = two(text + 5), .day = two(text + 8)};
    leap = c->month == 2 && c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);
    return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= days[c->month - 1] + leap;
}

/* "HH:MM:SS", a fraction that is dropped, and "Z" or an offset. Second 60 is a leap second: the first of the next
 * minute. */
static bool read_time(const char *text, struct civil *c, int *offset)
{
    if (!fits(text, "dd:dd:dd"))
        return false;
    c->hour = two(text);
    c->minute = two(text + 3);
    c->second = two(text + 6);
    text += strlen("dd:dd:dd");
    if (fits(text, ".d"))
        text += 1 + strspn(text + 1, "0123456789");
    if (strcmp(text, "Z") != 0 && strcmp(text, "z") != 0) {
        if ((text[0] != '+' && text[0] != '-') || !fits(text + 1, "dd:dd") || text[6] != '\0' || two(text + 1) > 23 ||
            two(text + 4) > 59)
            return false;
        *offset = (two(text + 1) * 3600 + two(text + 4) * 60) * (text[0] == '-' ? -1 : 1);
    }
    return c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

int mdm_time_parse(const char *text, mdm_time *out, struct mdm_error *err)
{
    struct civil c;
    int offset = 0;

    if (!read_day(text, &c) ||
        (text[10] != '\0' && (strchr("Tt ", text[10]) == NULL || !read_time(text + 11, &c, &offset))))
        return mdm_error_set(err, MDM_E_USAGE, "'%s' is not a date: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ", text);
    *out = mdm_time_from_civil(c.year, c.month, c.day, c.hour, c.minute, c.second) - offset;
    return 0;
}

long mdm_time_days(mdm_time from, mdm_time to)
{
    return (long)floor_divide(to - from, MDM_DAY);
}
