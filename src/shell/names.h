/* Words for the API's numbers, as tables and events show them. */
#pragma once

const char *name_of_state(int state);
const char *name_of_reason(int state, int reason);
const char *name_of_control(int state);
const char *name_of_pool_state(int state);
const char *name_of_vol_type(int type);
