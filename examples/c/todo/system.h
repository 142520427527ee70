/* The tree.
 *
 *     system        rest_for_one: the lists have what the database said, so they begin anew when it does
 *       database
 *       cache       a dynamic supervisor
 *         bob       the server of a list, from the first time that somebody asks for it
 */
#ifndef EXAMPLE_SYSTEM_H
#define EXAMPLE_SYSTEM_H

#include <resprout/resprout.h>

/* Starts all of it, linked to the caller. The caller frees *error_out. */
rsp_result start_system(rsp_self* self, rsp_pid* out, rsp_term* error_out, const char* directory,
                        int64_t restarts, int64_t period_ms);

/* The server of a list: the one that there is, or a new one. */
rsp_result server_process(rsp_self* self, rsp_pid* out, const char* list);

#endif
