/*
 * Draws docs/state-machine.svg from the table of src/flow/step.c: below the rules as they stand there, above the way
 * they lead. The arrows are found by asking mdm_step_next what follows each event, from each folder to start with.
 */
#include <stdbool.h>
#include <stdio.h>

#include "flow/step.h"

#define ACTION_COUNT (MDM_ACTION_FINISHED + 1)
#define STATE_COUNT  (1u << MDM_FACT_COUNT)

/* --------------------------------------------------------------------------------------------------------- the way */

#define VENDOR_SIDE   (MDM_FACT_VENDOR_KEY | MDM_FACT_VENDOR_CSR)
#define CUSTOMER_SIDE (MDM_FACT_CUSTOMER_KEY | MDM_FACT_CUSTOMER_CSR)

/* A folder to begin with. */
struct start {
    unsigned facts;
    const char *label;
};
static const struct start starts[] = {
    {0, "an empty folder"},
    {MDM_FACT_VENDOR_KEY, "a key, no CSR"},
    {MDM_FACT_CUSTOMER_ONLY | CUSTOMER_SIDE, "mdmvendor csr"},
};

/* What doing an action, or what a person does then, changes; only in folders that have all of `with` and none of
 * `without`. */
struct event {
    enum mdm_action action;
    unsigned with, without;
    unsigned set, clear;
    const char *label; /* what a person does; NULL: the action itself */
};
static const struct event events[] = {
    {MDM_ACTION_VENDOR_KEY, 0, 0, VENDOR_SIDE, MDM_FACT_VENDOR_CERT, NULL},
    {MDM_ACTION_VENDOR_CSR, 0, 0, MDM_FACT_VENDOR_CSR, 0, NULL},
    {MDM_ACTION_AWAIT_VENDOR_CERT, 0, 0, MDM_FACT_VENDOR_CERT, 0, "mdm.cer for vendor.key"},
    {MDM_ACTION_AWAIT_VENDOR_CERT, 0, 0, MDM_FACT_VENDOR_ARCHIVED, 0, "mdm.cer for an archived key"},
    {MDM_ACTION_BRING_BACK_VENDOR, 0, 0, VENDOR_SIDE | MDM_FACT_VENDOR_CERT, MDM_FACT_VENDOR_ARCHIVED, NULL},
    {MDM_ACTION_REQUEST, 0, 0, CUSTOMER_SIDE | MDM_FACT_REQUEST, 0, NULL},
    {MDM_ACTION_REQUEST, 0, CUSTOMER_SIDE, MDM_FACT_CUSTOMER_CSR | MDM_FACT_REQUEST, 0, "the customer's own CSR"},
    {MDM_ACTION_AWAIT_PUSH_CERT, 0, 0, MDM_FACT_PUSH_CERT, 0, "certificate for customer.key"},
    {MDM_ACTION_AWAIT_PUSH_CERT, 0, 0, MDM_FACT_CUSTOMER_ARCHIVED, 0, "certificate for an archived key"},
    {MDM_ACTION_BRING_BACK_CUSTOMER, 0, 0, CUSTOMER_SIDE | MDM_FACT_PUSH_CERT,
     MDM_FACT_CUSTOMER_ARCHIVED | MDM_FACT_REQUEST, NULL},
    {MDM_ACTION_PFX, 0, 0, MDM_FACT_PFX, 0, NULL},
    {MDM_ACTION_FINISHED, MDM_FACT_VENDOR_CERT, 0, 0, MDM_FACT_REQUEST, "a renewed mdm.cer"},
    {MDM_ACTION_FINISHED, MDM_FACT_VENDOR_CERT, 0, 0, MDM_FACT_PUSH_CERT | MDM_FACT_PFX, "mdmvendor renew"},
    {MDM_ACTION_FINISHED, MDM_FACT_VENDOR_CERT, 0, 0,
     MDM_FACT_VENDOR_CERT | CUSTOMER_SIDE | MDM_FACT_REQUEST | MDM_FACT_PUSH_CERT | MDM_FACT_PFX,
     "mdmvendor renew, both certificates"},
};
#define EVENT_COUNT (sizeof events / sizeof events[0])

/* The ways found: whether there is one from an action to another, and what people call it. */
struct ways {
    bool known[STATE_COUNT];
    unsigned todo[STATE_COUNT];
    size_t count;
    bool found[ACTION_COUNT][ACTION_COUNT];
    const char *label[ACTION_COUNT][ACTION_COUNT];
};

static void reach(struct ways *ways, unsigned facts)
{
    if (!ways->known[facts])
        ways->todo[ways->count++] = facts;
    ways->known[facts] = true;
}

static void find_ways(struct ways *ways)
{
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        reach(ways, starts[i].facts);
    for (size_t done = 0; done < ways->count; done++) {
        unsigned facts = ways->todo[done];
        enum mdm_action from = mdm_step_next(facts);

        for (size_t i = 0; i < EVENT_COUNT; i++) {
            const struct event *event = &events[i];
            unsigned then = (facts | event->set) & ~event->clear;
            enum mdm_action to = mdm_step_next(then);

            if (event->action != from || (facts & event->with) != event->with || (facts & event->without) != 0)
                continue;
            if (!ways->found[from][to])
                ways->label[from][to] = event->label;
            ways->found[from][to] = true;
            reach(ways, then);
        }
    }
}

/* ----------------------------------------------------------------------------------------------------- the drawing */

#define WIDTH      860
#define ROW        88 /* from one action of the main column to the next */
#define TOP        84
#define BOX_WIDTH  220
#define BOX_HEIGHT 40
#define MAIN_X     290
#define SIDE_X     610
#define TABLE_Y    (TOP + 5 * ROW + BOX_HEIGHT + 84)
#define LINE       23

/* Where each action stands: the main column holds the usual way, the other one the turns beside it. */
struct place {
    bool aside;
    int half_rows;
};
static const struct place places[ACTION_COUNT] = {
    [MDM_ACTION_VENDOR_KEY] = {false, 0},
    [MDM_ACTION_VENDOR_CSR] = {true, 1},
    [MDM_ACTION_AWAIT_VENDOR_CERT] = {false, 2},
    [MDM_ACTION_BRING_BACK_VENDOR] = {true, 3},
    [MDM_ACTION_REQUEST] = {false, 4},
    [MDM_ACTION_HAND_OVER] = {true, 5},
    [MDM_ACTION_AWAIT_PUSH_CERT] = {false, 6},
    [MDM_ACTION_BRING_BACK_CUSTOMER] = {true, 7},
    [MDM_ACTION_PFX] = {false, 8},
    [MDM_ACTION_FINISHED] = {false, 10},
};

static int left_of(enum mdm_action action)
{
    return places[action].aside ? SIDE_X : MAIN_X;
}

static int middle_of(enum mdm_action action)
{
    return TOP + places[action].half_rows * ROW / 2 + BOX_HEIGHT / 2;
}

static void draw_text(int x, int y, const char *kind, const char *text)
{
    printf("<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, kind, text);
}

static void draw_head(int height)
{
    printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n"
           "<title>What mdmvendor does next, by what it finds in the folder</title>\n"
           "<!-- Drawn by tools/state_machine.c from the table of src/flow/step.c; the CMake target is docs. -->\n",
           WIDTH, height, WIDTH, height);
    fputs("<style>\n"
          "text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 13px; fill: #1f2328 }\n"
          "text.title { font-size: 17px; font-weight: 600 } text.name { text-anchor: middle; font-weight: 600 }\n"
          "text.pale, text.end { fill: #59636e; font-size: 12px } text.end { text-anchor: end }\n"
          "text.halo { paint-order: stroke; stroke: #fff; stroke-width: 6px }\n"
          ".no { fill: #a40e26 } .back { fill: #fff } .line { stroke: #d1d9e0 }\n"
          ".way { fill: none; stroke: #6e7781; stroke-width: 1.5 } .mark { fill: #6e7781 } .box { stroke: #6e7781 }\n"
          ".s0 { fill: #eaeef2 } .s1 { fill: #ddf4ff } .s2 { fill: #fff1d6 } .s3 { fill: #dafbe1 }\n"
          "@media (prefers-color-scheme: dark) {\n"
          "text { fill: #e6edf3 } text.pale, text.end { fill: #9198a1 } text.halo { stroke: #0d1117 }\n"
          ".no { fill: #ff938a } .back { fill: #0d1117 } .line { stroke: #3d444d }\n"
          ".way { stroke: #8b949e } .mark { fill: #8b949e } .box { stroke: #8b949e }\n"
          ".s0 { fill: #262c36 } .s1 { fill: #12304f } .s2 { fill: #46320b } .s3 { fill: #12392a } }\n"
          "</style>\n"
          "<defs><marker id=\"to\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
          "orient=\"auto\"><path class=\"mark\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n",
          stdout);
    printf("<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n", WIDTH, height);
}

static void draw_legend(void)
{
    for (int step = 1; step <= 3; step++) {
        int x = WIDTH - 24 - (4 - step) * 76;

        printf("<rect class=\"s%d\" x=\"%d\" y=\"22\" width=\"68\" height=\"20\" rx=\"4\"/>\n"
               "<text x=\"%d\" y=\"36\" class=\"pale\">step %d</text>\n",
               step, x, x + 17, step);
    }
}

static void draw_boxes(void)
{
    for (int action = 0; action < ACTION_COUNT; action++) {
        int x = left_of((enum mdm_action)action);
        int y = middle_of((enum mdm_action)action);
        int step = mdm_step_of((enum mdm_action)action);

        printf("<rect class=\"box s%d\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>\n", step, x,
               y - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT, step == 0 ? BOX_HEIGHT / 2 : 6);
        draw_text(x + BOX_WIDTH / 2, y + 5, "name", mdm_action_name((enum mdm_action)action));
    }
}

static void draw_path(int x1, int y1, int bend, int x2, int y2)
{
    printf("<path class=\"way\" d=\"M%d %dC%d %d %d %d %d %d\" marker-end=\"url(#to)\"/>\n", x1, y1, bend, y1, bend, y2,
           x2, y2);
}

/* Straight down to the next box of the main column; the label at its side. */
static void draw_down(enum mdm_action from, enum mdm_action to)
{
    int x = MAIN_X + BOX_WIDTH / 2;

    draw_path(x, middle_of(from) + BOX_HEIGHT / 2, x, x, middle_of(to) - BOX_HEIGHT / 2 - 1);
}

static void label_down(enum mdm_action from, enum mdm_action to, const char *label)
{
    draw_text(MAIN_X + BOX_WIDTH / 2 - 8, (middle_of(from) + middle_of(to)) / 2 + 4, "end halo", label);
}

/* Between the two columns, from the right of one box to the left of the other; the label above the box aside. */
static void draw_across(enum mdm_action from, enum mdm_action to)
{
    const int gap = MAIN_X + BOX_WIDTH;
    bool up = middle_of(to) < middle_of(from);

    if (places[to].aside)
        draw_path(gap, middle_of(from) + 6, (gap + SIDE_X) / 2, SIDE_X - 1, middle_of(to) - 2);
    else
        draw_path(SIDE_X, middle_of(from) + (up ? -14 : 10), (gap + SIDE_X) / 2, gap + 1,
                  middle_of(to) + (up ? 15 : -10));
}

static void label_across(enum mdm_action to, const char *label)
{
    draw_text(SIDE_X, middle_of(to) - BOX_HEIGHT / 2 - 7, "pale halo", label);
}

/* Around the boxes between them, on the left; the label where it arrives. */
static void draw_around(enum mdm_action from, enum mdm_action to)
{
    int rows = (places[to].half_rows - places[from].half_rows) / 2;

    if (rows < 0)
        draw_path(MAIN_X, middle_of(from) - 2 - 5 * rows - 8, MAIN_X - 44 + 36 * rows, MAIN_X - 1, middle_of(to) - 6);
    else
        draw_path(MAIN_X, middle_of(from) + 2 + 4 * rows, MAIN_X - 4 - 28 * rows, MAIN_X - 1, middle_of(to) - 12);
}

static void label_around(enum mdm_action to, const char *label)
{
    draw_text(MAIN_X - 16, middle_of(to) - 14, "end halo", label);
}

static void draw_way(enum mdm_action from, enum mdm_action to)
{
    if (places[from].aside != places[to].aside)
        draw_across(from, to);
    else if (places[to].half_rows - places[from].half_rows == 2)
        draw_down(from, to);
    else
        draw_around(from, to);
}

static void label_way(enum mdm_action from, enum mdm_action to, const char *label)
{
    if (places[from].aside != places[to].aside)
        label_across(to, label);
    else if (places[to].half_rows - places[from].half_rows == 2)
        label_down(from, to, label);
    else
        label_around(to, label);
}

/* The lines first: no line crosses a label. */
static void draw_ways(const struct ways *ways)
{
    for (int labels = 0; labels < 2; labels++) {
        for (int pair = 0; pair < ACTION_COUNT * ACTION_COUNT; pair++) {
            enum mdm_action from = (enum mdm_action)(pair / ACTION_COUNT);
            enum mdm_action to = (enum mdm_action)(pair % ACTION_COUNT);

            if (!ways->found[from][to])
                continue;
            if (labels == 0)
                draw_way(from, to);
            else if (ways->label[from][to] != NULL)
                label_way(from, to, ways->label[from][to]);
        }
    }
}

static void draw_starts(void)
{
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        enum mdm_action to = mdm_step_next(starts[i].facts);
        int x = left_of(to) + 24;
        int y = middle_of(to) - BOX_HEIGHT / 2;

        printf("<circle class=\"mark\" cx=\"%d\" cy=\"%d\" r=\"4\"/>"
               "<path class=\"way\" d=\"M%d %dV%d\" marker-end=\"url(#to)\"/>\n",
               x, y - 22, x, y - 20, y - 1);
        if (places[to].half_rows == 6)
            draw_text(x - 10, y - 18, "end halo", starts[i].label);
        else
            draw_text(x + 10, y - 18, "pale", starts[i].label);
    }
}

static void draw_condition(const struct mdm_step_rule *rule)
{
    const char *between = "";

    for (unsigned bit = 0; bit < MDM_FACT_COUNT; bit++) {
        unsigned fact = 1u << bit;

        if ((rule->set & fact) != 0)
            printf("%s%s", between, mdm_fact_name((enum mdm_fact)fact));
        else if ((rule->clear & fact) != 0)
            printf("%s<tspan class=\"no\">no %s</tspan>", between, mdm_fact_name((enum mdm_fact)fact));
        else
            continue;
        between = ", ";
    }
    if (between[0] == '\0')
        printf("anything else");
}

static void draw_rules(void)
{
    draw_text(24, TABLE_Y - 44, "title", "The rules: the first one that fits says what is next");
    draw_text(24, TABLE_Y - 24, "pale", "Found in the folder, told from the files' contents");
    draw_text(MAIN_X + 270, TABLE_Y - 24, "pale", "Then");
    for (size_t i = 0; i < mdm_step_rule_count; i++) {
        const struct mdm_step_rule *rule = &mdm_step_rules[i];
        int y = TABLE_Y + (int)i * LINE;

        printf("<path class=\"line\" d=\"M24 %dH%d\"/>\n", y - 16, WIDTH - 24);
        printf("<text x=\"48\" y=\"%d\" class=\"end\">%zu</text>\n<text x=\"60\" y=\"%d\">", y, i + 1, y);
        draw_condition(rule);
        printf("</text>\n<rect class=\"s%d\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n",
               mdm_step_of(rule->action), MAIN_X + 262, y - 14, WIDTH - 24 - MAIN_X - 262, LINE - 4);
        draw_text(MAIN_X + 270, y, "action", mdm_action_name(rule->action));
    }
}

int main(void)
{
    static struct ways ways;

    find_ways(&ways);
    draw_head(TABLE_Y + (int)mdm_step_rule_count * LINE + 8);
    draw_text(24, 36, "title", "What mdmvendor does next");
    draw_legend();
    draw_ways(&ways);
    draw_boxes();
    draw_starts();
    draw_rules();
    fputs("</svg>\n", stdout);
    return ferror(stdout) != 0;
}
