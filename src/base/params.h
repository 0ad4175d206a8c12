/* Typed parameters inside drivers: filling the caller's array, and checking what the caller sent.
 *
 * Any thread; no state.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdbool.h>

/* One parameter that an operation knows. */
typedef struct {
    const char *name;
    int type;   /* virTypedParameterType */
    bool multi; /* may occur more than once */
} VrParamSpec;

/* -1 with the error set unless every parameter is in SPECS (ended by a NULL name), of its type, and once. */
int vr_params_check(const virTypedParameter *params, int nparams, const VrParamSpec *specs);

/* The position of PARAM's name in SPECS; -1 when it is none. */
int vr_param_index(const virTypedParameter *param, const VrParamSpec *specs);

/* Filling slot I of an array of N; slots beyond the array are left out. */
void vr_param_set_int(virTypedParameterPtr params, int n, int i, const char *name, int value);
void vr_param_set_uint(virTypedParameterPtr params, int n, int i, const char *name, unsigned int value);
void vr_param_set_ullong(virTypedParameterPtr params, int n, int i, const char *name, unsigned long long value);
void vr_param_set_llong(virTypedParameterPtr params, int n, int i, const char *name, long long value);
void vr_param_set_double(virTypedParameterPtr params, int n, int i, const char *name, double value);
void vr_param_set_bool(virTypedParameterPtr params, int n, int i, const char *name, bool value);
void vr_param_set_string(virTypedParameterPtr params, int n, int i, const char *name, const char *value);

/* A growing array of parameters. */
typedef struct {
    virTypedParameterPtr params;
    int n, room;
} VrParams;

void vr_params_add_int(VrParams *list, const char *name, int value);
void vr_params_add_uint(VrParams *list, const char *name, unsigned int value);
void vr_params_add_ullong(VrParams *list, const char *name, unsigned long long value);
void vr_params_add_llong(VrParams *list, const char *name, long long value);
void vr_params_add_double(VrParams *list, const char *name, double value);
void vr_params_add_bool(VrParams *list, const char *name, bool value);
void vr_params_add_string(VrParams *list, const char *name, const char *value);
void vr_params_clear(VrParams *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VrParams, vr_params_clear)
