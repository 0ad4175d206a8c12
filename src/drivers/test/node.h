/* Making and dropping the test driver's node: see node.c. */
#pragma once

#include "drivers/test/test.h"

/* NULL with the error set. */
TestNode *test_node_default(void);
TestNode *test_node_from_file(const char *path);
void test_node_unref(TestNode *node);
