#include "system.h"

#include <stdio.h>
#include <string.h>

#include "database.h"
#include "list.h"
#include "terms.h"

rsp_result start_system(rsp_self* self, rsp_pid* out, rsp_term* error_out, const char* directory,
                        int64_t restarts, int64_t period_ms) {
  rsp_supervisor_spec cache = RSP_SUPERVISOR_SPEC_INIT;
  cache.module = "cache";
  cache.opts.strategy = RSP_DYNAMIC;
  cache.opts.name = words.cache;
  cache.opts.max_restarts = restarts;
  cache.opts.period_ms = period_ms;

  rsp_child_spec children[] = {RSP_CHILD_SPEC_INIT, RSP_CHILD_SPEC_INIT};
  children[0].start.ops = &DATABASE;
  children[0].start.name = words.database;
  children[0].start.args = bytes(directory, strlen(directory));
  children[1].id = rsp_term_atom(words.cache);
  children[1].supervisor = &cache;

  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = RSP_REST_FOR_ONE;
  opts.name = words.system;
  opts.max_restarts = restarts;
  opts.period_ms = period_ms;
  rsp_start_opts start = RSP_START_OPTS_INIT;
  start.link = true;
  rsp_result result = rsp_supervisor_start(self, out, error_out, children, 2, &opts, &start);
  rsp_term_free(children[0].start.args);
  return result;
}

rsp_result server_process(rsp_self* self, rsp_pid* out, const char* list) {
  char name[64];
  int size = snprintf(name, sizeof name, "list %s", list);
  rsp_child_spec child = RSP_CHILD_SPEC_INIT;
  rsp_result result = rsp_atom_intern(&child.start.name, name, (size_t)size);
  if (result != RSP_OK) return result;
  *out = rsp_whereis(child.start.name);
  if (out->id != 0) return RSP_OK;
  child.start.ops = &LIST;
  child.start.args = bytes(list, strlen(list));
  result = rsp_supervisor_start_child(self, out, NULL, rsp_whereis(words.cache), &child, RSP_INFINITE);
  rsp_term_free(child.start.args);
  return result;
}
