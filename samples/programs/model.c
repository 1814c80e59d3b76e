/* A program that adcli can ask: f(x1, x2) = (x1*x2 + sin(x1), exp(x1 - x2)), with its derivatives by hand.

   cc -O2 model.c -o model -lm

   It gives the value and the Jacobian to every question: what was not asked for is ignored. */

#define _POSIX_C_SOURCE 200809L
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- reading JSON: a pointer to the first character of a value stands for that value.
   These trust the text to be JSON, which a question is; at its end they stop. */

static const char *blank(const char *s) {
    while (isspace((unsigned char)*s)) s++;
    return s;
}

/* The character after the value that begins at s. */
static const char *after(const char *s) {
    if (*s == '"') {
        for (s++; *s && *s != '"'; s++)
            if (*s == '\\' && s[1]) s++; /* an escaped character, which may be a quote */
        return *s ? s + 1 : s;
    }
    if (*s == '{' || *s == '[') {
        int depth = 0;
        do {
            if (*s == '"') {
                s = after(s);
                continue;
            }
            if (*s == '{' || *s == '[') depth++;
            if (*s == '}' || *s == ']') depth--;
            s++;
        } while (depth > 0 && *s);
        return s;
    }
    while (*s && !strchr(",]} \t\r\n", *s)) s++; /* a number, true, false or null */
    return s;
}

/* The value of a key in the object at s, or NULL. Keys inside of its values are not looked at. */
static const char *member(const char *s, const char *key) {
    size_t length = strlen(key);
    if (!s || *s != '{') return NULL;
    s = blank(s + 1);
    while (*s == '"') {
        int found = strncmp(s + 1, key, length) == 0 && s[1 + length] == '"';
        s = blank(after(s));
        if (*s == ':') s = blank(s + 1);
        if (found) return s;
        s = blank(after(s));
        if (*s == ',') s = blank(s + 1);
    }
    return NULL;
}

/* The entry of the list at s, counted from 0, or NULL. */
static const char *entry(const char *s, int index) {
    if (!s || *s != '[') return NULL;
    for (s = blank(s + 1); *s && *s != ']'; index--) {
        if (index == 0) return s;
        s = blank(after(s));
        if (*s == ',') s = blank(s + 1);
    }
    return NULL;
}

/* A number; strtod reads "NaN" and "Infinity" as well, which stand in quotes. */
static double number(const char *s) {
    return s ? strtod(*s == '"' ? s + 1 : s, NULL) : NAN;
}

/* -- the function. %.17g writes a double so that it reads back bit for bit. */

static void answer(const char *question) {
    const char *point = member(question, "point");
    const char *d = member(question, "direction"), *w = member(question, "cotangent");
    double x1 = number(member(point, "x1")), x2 = number(member(point, "x2"));
    double e = exp(x1 - x2), slope = x2 + cos(x1);

    printf("{\"id\": %ld", (long)number(member(question, "id")));
    printf(", \"value\": [%.17g, %.17g]", x1 * x2 + sin(x1), e);
    printf(", \"jacobian\": [[%.17g, %.17g], [%.17g, %.17g]]", slope, x1, e, -e);
    if (d) { /* J d: how the outputs move when the variables move along d */
        double d1 = number(member(d, "x1")), d2 = number(member(d, "x2"));
        printf(", \"jvp\": [%.17g, %.17g]", slope * d1 + x1 * d2, e * (d1 - d2));
    }
    if (w) { /* w' J: the gradient of the outputs weighted with w */
        double w1 = number(entry(w, 0)), w2 = number(entry(w, 1));
        printf(", \"vjp\": [%.17g, %.17g]", w1 * slope + w2 * e, w1 * x1 - w2 * e);
    }
    printf("}\n");
    fflush(stdout); /* without this, the answer waits in a buffer */
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) answer(blank(line));
    free(line);
    return 0;
}
