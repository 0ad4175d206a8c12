/* Tables as the shell prints them: columns as wide as their widest cell, three spaces apart. */
#include "shell/shell.h"

#include <stdarg.h>
#include <string.h>

struct Table {
    GPtrArray *rows; /* of GStrv; the first is the header */
    guint columns;
};

static char **
collect(const char *first, va_list args)
{
    GPtrArray *cells = g_ptr_array_new();
    for (const char *cell = first; cell; cell = va_arg(args, const char *))
        g_ptr_array_add(cells, g_strdup(cell));
    g_ptr_array_add(cells, NULL);
    return (char **)g_ptr_array_free(cells, FALSE);
}

Table *
table_new(const char *first, ...)
{
    Table *table = g_new0(Table, 1);
    va_list args;
    va_start(args, first);
    char **header = collect(first, args);
    va_end(args);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    table->columns = g_strv_length(header);
    g_ptr_array_add(table->rows, header);
    return table;
}

void
table_row(Table *table, const char *first, ...)
{
    va_list args;
    va_start(args, first);
    g_ptr_array_add(table->rows, collect(first, args));
    va_end(args);
}

void
table_free(Table *table)
{
    g_ptr_array_unref(table->rows);
    g_free(table);
}

/* Columns on a terminal: wide characters count as two, combining ones as none. */
static gsize
width_of(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return strlen(text);
    gsize width = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

void
table_print(Shell *sh, Table *table, gboolean header)
{
    g_autofree gsize *widths = g_new0(gsize, table->columns);
    for (guint r = header ? 0 : 1; r < table->rows->len; r++) {
        char **cells = table->rows->pdata[r];
        for (guint c = 0; c < table->columns && cells[c]; c++)
            widths[c] = MAX(widths[c], width_of(cells[c]));
    }
    for (guint r = header ? 0 : 1; r < table->rows->len; r++) {
        char **cells = table->rows->pdata[r];
        gsize total = 0;
        for (guint c = 0; c < table->columns; c++) {
            gboolean last = c + 1 == table->columns;
            int pad = last ? 0 : (int)(widths[c] - width_of(cells[c]));
            shell_print(sh, "%s%s%*s", c ? "   " : " ", cells[c], pad, "");
            total += widths[c] + 3;
        }
        shell_print(sh, "\n");
        if (r == 0) {
            g_autofree char *line = g_strnfill(total, '-');
            shell_print(sh, "%s\n", line);
        }
    }
}
