/* What a command found out: printed for people as it always was, or as JSON or YAML with keys that stay.
 *
 * A report is a list of records or one record.  Each value is put once, with its key and what people read; nothing is
 * ever parsed back from text.
 */
#pragma once

#include "shell/shell.h"

typedef struct Report Report;

/* Records in columns; a column without a title is for machines only. */
typedef struct {
    const char *key;   /* "name" */
    const char *title; /* "Name" */
} Column;

Report *report_list(const Column *columns); /* ends with a NULL key */
/* One record, "Label:   value" a line, the values at column WIDTH. */
Report *report_one(int width);
void report_free(Report *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Report, report_free)

/* Begin a record of a list.  The puts that follow fill its columns in order. */
void report_row(Report *report);

/* Put a value.  In a list KEY and LABEL come from the column and are NULL here.  FORMAT is what people read. */
void put_text(Report *report, const char *key, const char *label, const char *text); /* NULL: no value, read as "-" */
void put_bool(Report *report, const char *key, const char *label, gboolean value, const char *text);
void put_number(Report *report, const char *key, const char *label, long long value, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
/* A typed parameter under its own name. */
void put_param(Report *report, const virTypedParameter *param);
/* No value; people read TEXT. */
void put_nothing(Report *report, const char *key, const char *label, const char *text);

/* One record as one line of JSON: for what comes one by one. */
void report_print_line(Shell *sh, Report *report);
/* Print it in the format that was asked for.  HEADER: titles above columns. */
void report_print(Shell *sh, Report *report, gboolean header);
